// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "statistics/minute_prices.h"
#include "statistics/settings.h"

namespace moneta::statistics {

/// Forecasts of one coin, one array for each quantity, in order of time.
struct Forecasts {
  std::vector<std::int64_t> time_s;  ///< decision times, seconds since 1970-01-01 UTC
  std::vector<double> target;        ///< ln close(time + horizon) - ln close(time)
  std::vector<double> prediction;    ///< log return

  std::size_t size() const { return time_s.size(); }
};

/// Leaves out the forecasts whose target or prediction is not finite and returns their number.
/// Throws Error (data) if they are more than 1 %.
std::size_t leave_out_not_finite(Forecasts& forecasts);

/// Throws Error (data) unless there are forecasts, their arrays have one length, all numbers are
/// finite, the times rise and are starts of minutes, 20 minutes precede the first of them and the
/// horizon of the last is inside the prices, and every target is that of the prices, within 1e-6.
void check_forecasts(MinutePrices const& prices, Forecasts const& forecasts,
                     ForecastSettings const& settings);

}  // namespace moneta::statistics
