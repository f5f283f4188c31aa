// SPDX-License-Identifier: Apache-2.0
#include "backtest/backtest.h"

#include <algorithm>

namespace moneta::backtest {
namespace {

using statistics::MinutePrices;

constexpr double most_break_even = 0.1;  // fraction of the traded value a side
constexpr int bisections = 60;

double break_even_bp(OrderPlan const& plan, MinutePrices const& prices, double gross_equity) {
  if (!(gross_equity > 1 + equity_rounding)) return 0;
  double low = 0, high = most_break_even;
  for (int i = 0; i < bisections; ++i) {
    double const middle = (low + high) / 2;
    bool const gains = run_account(plan, prices, 0, middle).final_equity > 1;
    (gains ? low : high) = middle;
  }
  return low * 1e4;
}

void add_trades(Backtest& result, std::vector<Trade> const& trades) {
  result.trades = trades.size();
  if (trades.empty()) return;
  double sum = 0;
  std::size_t hits = 0;
  for (Trade const& trade : trades) {
    double const net = trade.net / trade.entry;
    sum += net;
    hits += net > equity_rounding ? 1 : 0;
  }
  auto const count = static_cast<double>(trades.size());
  result.trade_hit_rate = static_cast<double>(hits) / count;
  result.trade_net_bp = sum / count * 1e4;
}

std::optional<double> capacity(std::vector<Fill> const& fills, MinutePrices const& prices,
                               double volume_share) {
  std::vector<double> room;
  room.reserve(fills.size());
  for (Fill const& fill : fills) {
    if (!(fill.turnover > 0)) continue;
    room.push_back(prices.volume[fill.minute] * prices.close[fill.minute] / fill.turnover);
  }
  if (room.empty()) return std::nullopt;
  std::sort(room.begin(), room.end());
  return volume_share * statistics::quantile_of_sorted(room, 0.05);
}

}  // namespace

Backtest run_backtest(MinutePrices const& prices, std::span<TargetExposure const> events,
                      BacktestSettings const& settings, TickTable const& ticks, std::size_t trials,
                      statistics::BootstrapCache& draws) {
  OrderPlan const plan = plan_orders(prices, events, settings, ticks);
  Account account = run_account(plan, prices, settings.fee_bp);
  MinuteSums sums;
  Backtest result;
  result.curve = equity_curve(plan, account, prices, sums);
  result.performance = measure_performance(result.curve, settings, trials, draws);
  double const gross_equity = run_account(plan, prices, 0, 0.0).final_equity;
  result.gross_return = gross_equity - 1;
  result.exposure = sums.mean_exposure;
  result.timing_per_day = sums.timing_per_day;
  result.break_even_bp = break_even_bp(plan, prices, gross_equity);
  double turnover = 0;
  for (Fill const& fill : account.fills) {
    result.fees += fill.fee;
    result.spread += fill.spread;
    turnover += fill.turnover;
  }
  result.turnover_per_day = turnover / result.performance.days;
  add_trades(result, account.trades);
  result.capacity = capacity(account.fills, prices, settings.volume_share);
  result.fills = std::move(account.fills);
  return result;
}

}  // namespace moneta::backtest
