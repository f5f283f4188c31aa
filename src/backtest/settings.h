// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "statistics/settings.h"

namespace moneta::backtest {

/// The price of an order's fill, in the minute that starts at the decision time or, if that has no
/// trade, in the next minute with one. Never the close that the forecast was made from.
enum class FillPrice { next_open, next_close, next_middle };

enum class Side {
  long_flat,   ///< no short positions, as on a spot market
  long_short,  ///< as with perpetual futures, whose funding payments are ignored
};

/// The wanted position of a forecast p, from -1 to 1.
enum class Sizing {
  sign,          ///< sign p
  proportional,  ///< p / scale, at most 1 either way
  vol_target,    ///< sign p x min(1, target_vol / volatility of the past day)
};

/// How positions follow from forecasts. In all of them no position outlives its forecast.
enum class Holding {
  ladder,  ///< every forecast above the threshold holds 1 / overlap of the equity for the horizon
  signal,  ///< the newest forecast decides; flat if it is within the threshold
  hysteresis,  ///< the same, but a forecast within the threshold keeps the position
};

/// What a backtest assumes. The fee and the half-spread are paid on each side, of the traded value.
struct BacktestSettings {
  statistics::ForecastSettings forecast;
  double fee_bp = 5;
  double half_spread_ticks = 0.5;
  double half_spread_bp = 0;  ///< least half-spread; evaluate_coin raises it to half of EDGE
  FillPrice fill = FillPrice::next_close;
  Side side = Side::long_flat;
  Sizing sizing = Sizing::sign;
  Holding holding = Holding::ladder;
  double scale = 1;             ///< of Sizing::proportional, a log return, positive
  double target_vol = 0.4;      ///< of Sizing::vol_target, a year
  double volume_share = 0.025;  ///< of a minute's traded value, for the capacity
  std::size_t least_days = 30;  ///< daily returns that annual ratios need
  std::size_t variants = 1;     ///< tried for this report, for the deflated Sharpe ratio
};

/// Throws Error (config) that names the setting unless horizon and stride are at least a minute,
/// the bootstrap has at most 10,000 replicates (whose blocks are kept in memory), costs are from 0
/// to 1000 bp and finite, and scale, target_vol and volume_share are positive.
void check_settings(BacktestSettings const& settings);

}  // namespace moneta::backtest
