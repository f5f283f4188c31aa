// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "statistics/forecasts.h"
#include "statistics/point_metrics.h"

namespace moneta::statistics {

/// The forecasts of one hour, month or tercile of volatility.
struct Regime {
  std::string name;      ///< "0" to "23" (hours), "2025-09" (months), "0" to "2" (terciles)
  PointMetrics metrics;  ///< only the number of samples below 30
};

/// By the hour and by the calendar month of the decision time, in ascending order.
std::vector<Regime> by_hour_utc(Forecasts const& forecasts);
std::vector<Regime> by_month_utc(Forecasts const& forecasts);

/// By the tercile of the volatility of the 60 minutes before each decision time.
std::vector<Regime> by_volatility(MinutePrices const& prices, Forecasts const& forecasts,
                                  std::array<double, 2> const& edges);

/// The edges of the terciles of that volatility over the decision times from `first_s` to `last_s`
/// in steps of the stride, which are those of the train part. Throws Error (data) if there is none.
std::array<double, 2> volatility_edges(MinutePrices const& prices, std::int64_t first_s,
                                       std::int64_t last_s, ForecastSettings const& settings);

}  // namespace moneta::statistics
