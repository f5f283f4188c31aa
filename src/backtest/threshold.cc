// SPDX-License-Identifier: Apache-2.0
#include "backtest/threshold.h"

#include <algorithm>
#include <cmath>

#include "backtest/simulate.h"
#include "base/error.h"

namespace moneta::backtest {
namespace {

constexpr std::size_t least_trades = 10;

/// In ascending order, without repetitions.
std::vector<double> thresholds(statistics::Numbers prediction) {
  std::vector<double> size(prediction.begin(), prediction.end());
  for (double& each : size) each = std::abs(each);
  std::sort(size.begin(), size.end());
  std::vector<double> tried{0};
  for (double const share : {0.5, 0.8, 0.9, 0.95, 0.99}) {
    tried.push_back(statistics::quantile_of_sorted(size, share));
  }
  tried.erase(std::unique(tried.begin(), tried.end()), tried.end());
  return tried;
}

}  // namespace

ThresholdChoice choose_threshold(statistics::MinutePrices const& prices,
                                 std::span<std::int64_t const> time_s,
                                 statistics::Numbers prediction, BacktestSettings const& settings,
                                 TickTable const& ticks) {
  MONETA_REQUIRE(!prediction.empty(), data,
                 "a threshold cannot be chosen from no forecasts. Is the validation part empty?");
  ThresholdChoice choice;
  double best = 1;
  for (double const threshold : thresholds(prediction)) {
    auto const events = schedule(prices, time_s, prediction, settings, threshold);
    OrderPlan const plan = plan_orders(prices, events, settings, ticks);
    Account const account = run_account(plan, prices, settings.fee_bp);
    double const equity = account.final_equity;
    choice.trials.push_back({threshold, equity - 1, account.trades.size()});
    if (account.trades.size() < least_trades || equity < best || !(equity > 1 + equity_rounding)) {
      continue;
    }
    best = equity;
    choice.threshold = threshold;
  }
  return choice;
}

}  // namespace moneta::backtest
