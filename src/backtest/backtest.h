// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "backtest/performance.h"
#include "backtest/simulate.h"

namespace moneta::backtest {

/// One strategy over one part of the prices, after costs. Money is a fraction of the starting
/// equity; undefined numbers have no value.
struct Backtest {
  Performance performance;
  double gross_return = 0;               ///< of the same orders at the same prices without costs
  double fees = 0, spread = 0;           ///< paid
  double turnover_per_day = 0;           ///< traded value / equity, both sides counted
  double exposure = 0;                   ///< mean of |position| / equity over minutes
  std::optional<double> timing_per_day;  ///< MinuteSums::timing_per_day
  std::size_t trades = 0;                ///< from flat to flat
  std::optional<double> trade_hit_rate;  ///< share of the trades with a net gain
  std::optional<double> trade_net_bp;    ///< mean net gain of a trade, basis points of its entry
  /// The total cost a side at which the return is 0, by bisection from 0 to 1000 bp; 0 if there is
  /// no gross gain.
  double break_even_bp = 0;
  /// `volume_share` x the 0.05-quantile over fills of volume x close / turnover, in the currency of
  /// the price: about so much money is traded before the own orders move the price. A note, not a
  /// limit.
  std::optional<double> capacity;
  std::vector<Fill> fills;
  EquityCurve curve;
};

/// Trades the events, of which there must be at least one, with costs. `trials` is the number of
/// strategies of which this one was chosen; `draws` are for the settings of the forecasts. Throws
/// Error like plan_orders. O(minutes).
Backtest run_backtest(statistics::MinutePrices const& prices,
                      std::span<TargetExposure const> events, BacktestSettings const& settings,
                      TickTable const& ticks, std::size_t trials,
                      statistics::BootstrapCache& draws);

}  // namespace moneta::backtest
