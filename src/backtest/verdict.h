// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "backtest/coin_report.h"

namespace moneta::backtest {

/// Reasons not to take a coin's numbers at face value.
struct Flags {
  bool bounce = false;      ///< the forecasts are right mainly before a trade is possible
  bool tick_bound = false;  ///< the tick is large beside the moves, or many targets are 0
  bool is_short = false;    ///< too few daily returns for ratios a year
  bool few_trades = false;  ///< less than 30
  bool drift = false;       ///< most of a gross gain comes from being long on average
  bool costs = false;       ///< the break-even cost is below the assumed cost
};

/// The flags of a coin for one of its strategies. bounce: R2 is positive but not a minute late, or
/// the first minute gives more than half of an IC whose t is above 2. tick_bound: the tick is above
/// a quarter of the targets' standard deviation, or more than 10 % of them are 0. drift: timing x
/// days is below half of ln(1 + gross return), which is positive.
Flags find_flags(CoinReport const& report, Backtest const& strategy,
                 BacktestSettings const& settings);

/// True if the forecasts are right mainly in the first minute, before a trade is possible.
bool is_bounce(statistics::ForecastReport const& forecast);

/// What one day would have brought after costs, with its 95 % interval and whether that differs
/// from nothing, in one sentence without a line end. `can_be_trusted` says whether a gain may stand
/// without "not enough to rely on". `who` is "this model" or "these models"; `what` is what was
/// held instead: "the coin" or "the coins".
std::string money_sentence(std::string_view subject, std::string_view who, std::string_view what,
                           EquityCurve const& curve, Performance const& rule,
                           Performance const& hold, bool can_be_trusted);

/// The sentence of a coin for the strategy of its model that acts always, or above the threshold of
/// the valid part (`chosen`). A gain can be trusted if the coin is not flagged as bounce, the model
/// beats holding and the bounce strategy of the same rule, and its deflated Sharpe ratio is at
/// least 0.95. The sentence of a strategy without fills says that it does not trade, and why.
std::string always_headline(std::string_view coin, CoinReport const& report);
std::string chosen_headline(std::string_view coin, CoinReport const& report);

/// The verdict on a coin: the sentence of the chosen rule. If this does not trade, or there is no
/// valid part to choose it from, the sentence of the rule that acts always follows or stands alone.
std::string verdict(std::string_view coin, CoinReport const& report);

}  // namespace moneta::backtest
