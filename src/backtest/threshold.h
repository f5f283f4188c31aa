// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "backtest/schedule.h"
#include "backtest/ticks.h"
#include "statistics/forecasts.h"

namespace moneta::backtest {

struct ThresholdTrial {
  double threshold = 0;  ///< log return
  double net_return = 0;
  std::size_t trades = 0;
};

struct ThresholdChoice {
  std::optional<double> threshold;  ///< none: no threshold earned its costs, so do not trade
  std::vector<ThresholdTrial> trials;
};

/// Chooses the least size at which forecasts are acted on, from forecasts of the validation part
/// only: 0 or the 0.5, 0.8, 0.9, 0.95 or 0.99 quantile of their size, whichever has the largest net
/// return there, ties to the larger one. It must have at least 10 trades and a net return above 0.
/// Throws Error (data) if there are no forecasts, or like plan_orders.
ThresholdChoice choose_threshold(statistics::MinutePrices const& prices,
                                 std::span<std::int64_t const> time_s,
                                 statistics::Numbers prediction, BacktestSettings const& settings,
                                 TickTable const& ticks);

}  // namespace moneta::backtest
