// SPDX-License-Identifier: Apache-2.0
#include "backtest/simulate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "backtest/backtest.h"
#include "statistics/random_prices.h"
#include "statistics/random_series.h"
#include "support/expect_error.h"

namespace moneta::backtest {
namespace {

using statistics::MinutePrices;
using statistics::prices_start_s;

/// Minutes with these closes; each opens at the close before it.
MinutePrices closing_at(std::vector<double> const& closes) {
  MinutePrices prices;
  prices.first_time_s = prices_start_s;
  double open = closes[0];
  for (double const close : closes) {
    prices.append(open, std::max(open, close), std::min(open, close), close, 10, true);
    open = close;
  }
  return prices;
}

std::vector<TargetExposure> at_minutes(std::vector<std::pair<int, double>> const& targets) {
  std::vector<TargetExposure> events;
  for (auto const& [minute, exposure] : targets) {
    events.push_back({prices_start_s + 60 * minute, exposure});
  }
  return events;
}

BacktestSettings with_fee(double fee_bp) {
  BacktestSettings settings;
  settings.fee_bp = fee_bp;
  settings.half_spread_ticks = 0;
  return settings;
}

Backtest trade(MinutePrices const& prices, std::span<TargetExposure const> events,
               BacktestSettings const& settings, TickTable const& ticks) {
  statistics::BootstrapCache draws(settings.forecast);
  return run_backtest(prices, events, settings, ticks, 1, draws);
}

Backtest run(MinutePrices const& prices, std::vector<std::pair<int, double>> const& targets,
             BacktestSettings const& settings) {
  return trade(prices, at_minutes(targets), settings, {});
}

TEST(PlanOrders, NeverFillsAtTheCloseOfTheForecast) {
  auto const prices = closing_at({100, 200, 300, 400, 500});
  for (auto const& [fill, expected] :
       {std::pair{FillPrice::next_open, 200.0}, std::pair{FillPrice::next_close, 300.0},
        std::pair{FillPrice::next_middle, 250.0}}) {
    BacktestSettings settings;
    settings.fill = fill;
    // The decision time is the close of minute 1, at 200; the next open is the next trade.
    auto const plan = plan_orders(prices, at_minutes({{2, 1}}), settings, {});
    ASSERT_EQ(plan.orders.size(), 1u);
    EXPECT_EQ(plan.orders[0].minute, 2u);
    EXPECT_EQ(plan.orders[0].price, expected);
  }
}

TEST(PlanOrders, WaitForATradeUntilTheNextEvent) {
  auto prices = closing_at({100, 100, 100, 100, 100, 100, 100, 100});
  for (std::size_t const minute : {2, 3, 6, 7}) prices.traded[minute] = 0;
  auto const fills = [&](std::vector<std::pair<int, double>> const& targets) {
    std::vector<std::pair<std::size_t, double>> result;
    for (auto const& each : plan_orders(prices, at_minutes(targets), {}, {}).orders) {
      result.emplace_back(each.minute, each.exposure);
    }
    return result;
  };
  using Fills = std::vector<std::pair<std::size_t, double>>;
  EXPECT_EQ(fills({{2, 1}, {5, 0}}), (Fills{{4, 1}, {5, 0}}));          // waits
  EXPECT_EQ(fills({{2, 1}, {4, 0.5}}), (Fills{{4, 0.5}}));              // dropped
  EXPECT_EQ(fills({{2, 1}, {4, 0}}), (Fills{}));                        // dropped, nothing to sell
  EXPECT_EQ(fills({{1, 1}, {6, 0}}), (Fills{{1, 1}, {7, 0}}));          // the prices end first
  EXPECT_EQ(fills({{1, 1}, {20, 0}}), (Fills{{1, 1}, {7, 0}}));         // likewise
  EXPECT_EQ(fills({{1, 1}, {4, 1}, {5, 0}}), (Fills{{1, 1}, {5, 0}}));  // no change, no order
}

TEST(PlanOrders, RejectEventsOutsideThePrices) {
  auto const prices = closing_at({100, 100});
  expect_error(ErrorKind::data, "the first event of a backtest is at 2025-09-29T23:59:00Z", [&] {
    plan_orders(prices, at_minutes({{-1, 1}}), {}, {});
  });
  expect_error(ErrorKind::data,
               "(prices begin at 2025-09-30T00:00:00Z and end at "
               "2025-09-30T00:02:00Z)",
               [&] {
                 plan_orders(prices, at_minutes({{2, 1}}), {}, {});
               });
}

TEST(PlanOrders, DoNotDependOnLaterPrices) {
  auto prices = statistics::random_prices(500, 1);
  auto const targets = at_minutes({{100, 1}, {200, 0}, {300, 0.5}, {400, 0}});
  auto const before = trade(prices, targets, with_fee(5), {});
  for (std::size_t i = 350; i < prices.size(); ++i) {
    for (auto* each : {&prices.open, &prices.high, &prices.low, &prices.close, &prices.middle}) {
      (*each)[i] *= 1.37;
    }
  }
  auto const after = trade(prices, targets, with_fee(5), {});
  for (std::size_t i = 0; i + 100 <= 350; ++i) {
    ASSERT_EQ(before.curve.equity[i], after.curve.equity[i]) << i;
  }
  EXPECT_NE(before.curve.equity.back(), after.curve.equity.back());
}

TEST(RunAccount, MakesThePositionTheWantedShareAfterCosts) {
  auto const prices = statistics::random_prices(2000, 2);
  auto const targets = statistics::random_series(300, 4);
  std::vector<TargetExposure> events;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    events.push_back({prices.time_of(10 + 5 * i), targets[i]});
  }
  BacktestSettings settings = with_fee(7);
  settings.half_spread_bp = 3;
  OrderPlan const plan = plan_orders(prices, events, settings, {});
  Account const account = run_account(plan, prices, settings.fee_bp);
  ASSERT_EQ(account.fills.size(), plan.orders.size());
  double equity = 1, paid = 0;
  for (std::size_t k = 0; k < account.fills.size(); ++k) {
    Fill const& fill = account.fills[k];
    if (k > 0) equity = account.fills[k - 1].cash + account.fills[k - 1].units * fill.price;
    double const after = fill.cash + fill.units * fill.price;
    ASSERT_NEAR(fill.equity, equity, 1e-12);
    ASSERT_NEAR(after, equity - fill.fee - fill.spread, 1e-12);  // money is not made or lost
    ASSERT_NEAR(fill.units * fill.price, fill.exposure_after * after, 1e-12);
    ASSERT_NEAR(fill.spread, 3e-4 * fill.turnover * equity, 1e-15);
    paid += fill.fee + fill.spread;
  }
  EXPECT_GT(paid, 0.05);
}

TEST(RunAccount, HasTheFinalEquityOfItsCurve) {
  auto const prices = statistics::random_prices(3000, 3);
  auto const targets = statistics::random_series(550, 6);
  std::vector<TargetExposure> events;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    events.push_back({prices.time_of(10 + 5 * i), targets[i]});
  }
  OrderPlan const plan = plan_orders(prices, events, with_fee(5), {});
  for (double const cost : {0.0, 1e-4, 1e-2, 0.1}) {
    Account const account = run_account(plan, prices, 0, cost);
    MinuteSums sums;
    EXPECT_EQ(account.final_equity, equity_curve(plan, account, prices, sums).equity.back());
  }
}

TEST(RunBacktest, CountsNoExposureAfterRuin) {
  BacktestSettings settings = with_fee(0);
  settings.side = Side::long_short;
  auto const result =
      run(closing_at({100, 100, 150, 250, 90, 90, 90}), {{1, -1}, {6, 0}}, settings);
  EXPECT_EQ(result.curve.equity, (std::vector<double>{1, 1, 0.5, 0, 0, 0, 0}));
  EXPECT_EQ(result.performance.total_return, -1);
  EXPECT_NEAR(result.exposure, (1 + 3) / 6.0, 1e-12);
  // Exposures -1, -3, 0, 0, 0 with next returns 1/2, 2/3, -16/25, 0, 0.
  double const mean_exposure = -4 / 5.0, days = 6 / 1440.0;
  double const expected = -0.5 - 2 - mean_exposure * (0.5 + 2 / 3.0 - 0.64);
  EXPECT_NEAR(*result.timing_per_day, expected / days, 1e-9);
}

TEST(RunBacktest, EndsTradingWithoutEquity) {
  BacktestSettings settings = with_fee(0);
  settings.side = Side::long_short;
  auto const result =
      run(closing_at({100, 100, 300, 300, 300, 50, 50}), {{1, -1}, {3, 1}, {5, 0}}, settings);
  EXPECT_EQ(result.fills.size(), 1u);
  EXPECT_EQ(result.curve.equity.back(), 0);
}

TEST(RunBacktest, PaysTheLargerOfTicksAndBasisPoints) {
  TickTable ticks;
  ticks.listed = {{0, 0, 1.0}};
  BacktestSettings settings = with_fee(0);
  settings.half_spread_ticks = 0.5;
  settings.half_spread_bp = 20;
  auto const prices = closing_at({100, 100, 100, 1000, 1000, 1000});
  auto const events = at_minutes({{1, 1}, {4, 0}});
  auto const result = trade(prices, events, settings, ticks);
  ASSERT_EQ(result.fills.size(), 2u);
  EXPECT_NEAR(result.fills[0].half_spread, 50e-4, 1e-15);
  EXPECT_NEAR(result.fills[1].half_spread, 20e-4, 1e-15);
  EXPECT_NEAR(result.performance.total_return, 9.98 / 1.005 - 1, 1e-12);
}

TEST(RunBacktest, BreaksEvenWhereTheReturnIsZero) {
  // 1.1 (1 - k) / (1 + k) = 1 at k = 0.1 / 2.1.
  auto const result = run(closing_at({100, 100, 100, 110, 110}), {{1, 1}, {4, 0}}, with_fee(5));
  EXPECT_NEAR(result.break_even_bp, 1e4 * 0.1 / 2.1, 1e-6);
  EXPECT_EQ(run(closing_at({100, 100, 90, 90}), {{1, 1}, {3, 0}}, with_fee(5)).break_even_bp, 0);
}

TEST(RunBacktest, CountsTradesFromFlatToFlat) {
  BacktestSettings settings = with_fee(0);
  settings.side = Side::long_short;
  auto const result = run(closing_at({100, 100, 110, 121, 121, 121, 110, 110}),
                          {{1, 0.5}, {2, 1}, {4, -1}, {6, 0}}, settings);
  EXPECT_EQ(result.trades, 2u);  // enlarged, flipped, closed
  EXPECT_EQ(result.trade_hit_rate, 1);
}

TEST(RunBacktest, WithoutATradeHasNoTradeNumbers) {
  auto const result = run(closing_at({100, 110, 120, 130}), {{1, 0}, {3, 0}}, with_fee(5));
  EXPECT_EQ(result.performance.total_return, 0);
  EXPECT_EQ(result.gross_return, 0);
  EXPECT_EQ(result.performance.per_day, 0);
  EXPECT_FALSE(result.trade_hit_rate || result.trade_net_bp || result.capacity);
}

TEST(RunBacktest, OfOneMinuteHasNoTiming) {
  auto const result = run(closing_at({100, 110}), {{1, 1}}, with_fee(0));
  EXPECT_EQ(result.curve.equity.size(), 2u);
  EXPECT_FALSE(result.timing_per_day.has_value());
}

}  // namespace
}  // namespace moneta::backtest
