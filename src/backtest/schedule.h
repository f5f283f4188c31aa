// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "backtest/settings.h"
#include "statistics/minute_prices.h"
#include "statistics/moments.h"

namespace moneta::backtest {

/// What the position is to be from a time on.
struct TargetExposure {
  std::int64_t time_s = 0;
  double exposure = 0;  ///< position / equity, from -1 to 1
};

/// The events at which the wanted position may change, in order of time, for forecasts (log
/// returns) at rising decision times: these times, and the times at which a position expires. A
/// forecast acts if its size is above `threshold`. With Holding::ladder the exposure is the sum
/// over the alive forecasts of their sizes / overlap, summed afresh at each event, so that no
/// rounding accumulates.
std::vector<TargetExposure> schedule(statistics::MinutePrices const& prices,
                                     std::span<std::int64_t const> time_s,
                                     statistics::Numbers prediction,
                                     BacktestSettings const& settings, double threshold);

/// The 0.9-quantile of |prediction|, the default of BacktestSettings::scale; the predictions are
/// those of the validation part. Throws Error (data) if they are all 0 or there are none.
double default_scale(statistics::Numbers prediction);

}  // namespace moneta::backtest
