// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "statistics/forecasts.h"
#include "statistics/minute_prices.h"
#include "statistics/point_metrics.h"

namespace moneta::statistics {

/// Where in the horizon a forecast is right. Bid-ask bounce lives in the first minute, before a
/// trade is possible.
struct MinuteProfile {
  /// The IC as a sum over the minutes k of the horizon: cov(p, r_k) / (sd p sd y), r_k the log
  /// return of minute k. Empty if the IC is undefined.
  std::vector<double> ic_of_minute;
  PointMetrics late;                ///< against the return that starts one minute late
  std::optional<double> late_ic_t;  ///< of the late IC, with a HAC error
  /// Basis points a forecast that trading its sign gains at each price and the price a horizon
  /// later, without the drift of the market: cov(sign p, ln P(t + h) / P(t)). The last close is the
  /// price of the forecast and cannot be traded at. Undefined if the prices end before.
  std::optional<double> last_close_bp, next_open_bp, next_close_bp, next_middle_bp;
};

/// The profile of forecasts that fulfill check_forecasts.
MinuteProfile minute_profile(MinutePrices const& prices, Forecasts const& forecasts,
                             ForecastSettings const& settings);

}  // namespace moneta::statistics
