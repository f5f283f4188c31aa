// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "statistics/linear_fit.h"
#include "statistics/minute_prices.h"
#include "statistics/settings.h"

namespace moneta::statistics {

inline constexpr std::size_t bounce_regressor_count = 9;

/// A decision time needs so many minutes before its last known minute.
inline constexpr std::int64_t bounce_minutes = 20;

/// What the bounce baseline knows when the last closed minute is `i` >= 20. With L = ln close and
/// M = ln((high + low) / 2): L[i] - L[i-k] for k = 1, 2, 3, 5, 10, 20; L[i] - M[i]; L[i] - mean of
/// M[i-4 .. i]; L[i] - mean of L[i-14 .. i]. Trades alternate between bid and ask, so that past
/// returns reverse (Roll, JF 1984); the last three say on which side the last trade was.
std::array<double, bounce_regressor_count> bounce_regressors(MinutePrices const& prices,
                                                             std::size_t i);

/// Forecasts that need no model, fitted on the train part only.
struct Baselines {
  double drift = 0;                          ///< the mean log return over the horizon
  LinearFit<bounce_regressor_count> bounce;  ///< of the log return over the horizon
  std::size_t samples = 0;                   ///< decision times that were used
};

/// Fits the baselines on every multiple of the stride from `first_s` to `last_s`, both decision
/// times, that has 20 minutes before it and the horizon after it in the prices. Throws Error (data)
/// if there is none.
Baselines fit_baselines(MinutePrices const& prices, std::int64_t first_s, std::int64_t last_s,
                        ForecastSettings const& settings);

/// The bounce baseline's forecasts at these decision times, each with 20 minutes before it.
std::vector<double> bounce_forecasts(MinutePrices const& prices, Baselines const& baselines,
                                     std::span<std::int64_t const> time_s);

}  // namespace moneta::statistics
