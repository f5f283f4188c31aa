// SPDX-License-Identifier: Apache-2.0
#include "backtest/performance.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace moneta::backtest {
namespace {

constexpr std::int64_t noon_s = 1'759'233'600;  // 2025-09-30T12:00:00Z

EquityCurve curve_of(std::vector<double> const& equity) { return {noon_s, equity}; }

TEST(MaxDrawdown, CountsALossFromTheStart) {
  Drawdown const worst = max_drawdown(curve_of({1, 0.8, 0.9, 1.0, 1.2}));
  EXPECT_NEAR(worst.depth, -0.2, 1e-15);
  EXPECT_EQ(worst.peak_s, noon_s);
  EXPECT_EQ(worst.trough_s, noon_s + 60);
  EXPECT_EQ(worst.recovered_s, noon_s + 180);
}

TEST(MaxDrawdown, BeginsAtTheLastMinuteOfThePeak) {
  Drawdown const worst = max_drawdown(curve_of({1, 2, 2, 1, 1, 1.5}));
  EXPECT_EQ(worst.depth, -0.5);
  EXPECT_EQ(worst.peak_s, noon_s + 120);
  EXPECT_EQ(worst.trough_s, noon_s + 180);
  EXPECT_FALSE(worst.recovered_s.has_value());
}

TEST(MaxDrawdown, IgnoresRounding) {
  Drawdown const none = max_drawdown(curve_of({1, 1.5, 1.5 * (1 - 1e-14), 1.6}));
  EXPECT_EQ(none.depth, 0);
  EXPECT_FALSE(none.peak_s || none.trough_s || none.recovered_s);
}

TEST(DailyReturns, AreThoseOfUtcDays) {
  std::vector<double> equity(1, 1.0);
  equity.insert(equity.end(), 720, 1.1);    // until midnight
  equity.insert(equity.end(), 1440, 1.21);  // a whole day
  equity.insert(equity.end(), 1, 1.21);     // one minute of the next
  auto const daily = daily_returns(curve_of(equity));
  ASSERT_EQ(daily.size(), 3u);
  EXPECT_NEAR(daily[0], 0.1, 1e-12);
  EXPECT_NEAR(daily[1], 0.1, 1e-12);
  EXPECT_EQ(daily[2], 0);
}

/// A curve whose days return the given numbers, from one midnight to another.
EquityCurve days_of(std::vector<double> const& returns) {
  EquityCurve curve{noon_s + 43'200, {1}};
  for (double const each : returns) {
    double const before = curve.equity.back();
    curve.equity.insert(curve.equity.end(), 1439, before);
    curve.equity.push_back(before * (1 + each));
  }
  return curve;
}

Performance measure(EquityCurve const& curve, BacktestSettings const& settings,
                    std::size_t trials) {
  statistics::BootstrapCache draws(settings.forecast);
  return measure_performance(curve, settings, trials, draws);
}

TEST(MeasurePerformance, LeavesRatiosOutForFewDays) {
  BacktestSettings settings;
  std::vector<double> returns(29, 0.01);
  returns[3] = -0.02;
  Performance const few = measure(days_of(returns), settings, 1);
  EXPECT_EQ(few.daily_returns, 29u);
  EXPECT_FALSE(few.cagr || few.volatility || few.sharpe || few.sortino || few.calmar || few.psr ||
               few.dsr);
  EXPECT_TRUE(few.per_day_95.has_value());
  returns.push_back(0.01);
  Performance const enough = measure(days_of(returns), settings, 4);
  EXPECT_TRUE(enough.cagr && enough.volatility && enough.sharpe && enough.sortino &&
              enough.calmar && enough.psr && enough.dsr);
  EXPECT_LT(*enough.dsr, *enough.psr);
}

TEST(MeasurePerformance, WithoutLossesHasNoSortinoAndNoCalmar) {
  BacktestSettings settings;
  settings.least_days = 2;
  Performance const result = measure(days_of({0.01, 0.02, 0.03}), settings, 1);
  EXPECT_TRUE(result.sharpe && result.cagr);
  EXPECT_FALSE(result.sortino || result.calmar);
}

TEST(MeasurePerformance, OfAConstantEquityHasNoRatios) {
  BacktestSettings settings;
  settings.least_days = 2;
  Performance const result = measure(days_of({0, 0, 0}), settings, 5);
  EXPECT_EQ(result.total_return, 0);
  EXPECT_EQ(result.cagr, 0);
  EXPECT_FALSE(result.volatility || result.sharpe || result.psr || result.dsr);
}

TEST(MeasurePerformance, AfterRuinIsALossOfEverything) {
  BacktestSettings settings;
  settings.least_days = 2;
  EquityCurve curve = days_of({0.1, -1, 0});
  Performance const result = measure(curve, settings, 1);
  EXPECT_EQ(result.total_return, -1);
  EXPECT_EQ(result.cagr, -1);
  EXPECT_EQ(result.drawdown.depth, -1);
}

TEST(MeasurePerformance, AddsTheReturnsOfStridesAndTheRest) {
  BacktestSettings settings;  // a stride of 5 minutes
  Performance const result = measure(curve_of({1, 1, 1, 1, 1, 2, 2, 3}), settings, 1);
  EXPECT_NEAR(result.per_day, (1 + 0.5) / (7 / 1440.0), 1e-9);
  EXPECT_FALSE(result.per_day_95.has_value());
}

TEST(SharpeProbability, OfFewReturnsIsUndefined) {
  EXPECT_FALSE(sharpe_probability(std::vector<double>{0.1, 0.2}, 0).has_value());
  EXPECT_FALSE(sharpe_probability(std::vector<double>(5, 0.1), 0).has_value());
  EXPECT_FALSE(sharpe_probability({}, 0).has_value());
}

}  // namespace
}  // namespace moneta::backtest
