// SPDX-License-Identifier: Apache-2.0
#include "backtest/ticks.h"

#include <gtest/gtest.h>

#include <vector>

namespace moneta::backtest {
namespace {

constexpr std::int64_t late_september_s = 1'759'190'400;  // 2025-09-30T00:00:00Z
constexpr std::int32_t september = 2025 * 12 + 8;

/// Minutes whose prices cycle through `count` multiples of `tick` from `lowest` on.
statistics::MinutePrices cycling(std::size_t minutes, double lowest, double tick, int count) {
  statistics::MinutePrices prices;
  prices.first_time_s = late_september_s;
  for (std::size_t i = 0; i < minutes; ++i) {
    double const price = lowest + tick * static_cast<double>(i % static_cast<std::size_t>(count));
    prices.append(price, price, price, price, 1, true);
  }
  return prices;
}

TEST(MonthNumber, CountsCalendarMonths) {
  EXPECT_EQ(month_number(late_september_s), september);
  EXPECT_EQ(month_number(late_september_s + 86'399), september);
  EXPECT_EQ(month_number(late_september_s + 86'400), september + 1);
  EXPECT_EQ(month_number(-1), 1969 * 12 + 11);
}

struct TickCase {
  char const* name;
  double lowest, tick;
  int count;
  double expected;
};

class EstimateTicks : public testing::TestWithParam<TickCase> {};

TEST_P(EstimateTicks, FindsTheCoarsestGrid) {
  auto const& each = GetParam();
  TickTable const table = estimate_ticks(cycling(300, each.lowest, each.tick, each.count));
  ASSERT_EQ(table.estimated.size(), 1u);
  EXPECT_DOUBLE_EQ(table.estimated[0].tick, each.expected);
  EXPECT_EQ(table.estimated[0].month, september);
  EXPECT_DOUBLE_EQ(table.at(late_september_s, each.lowest), each.expected);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, EstimateTicks, testing::ValuesIn(std::vector<TickCase>{
    {"Thousands",  163'000'000, 1000,  9,  1000},
    {"FiveHundred", 1'101'500,  500,   7,  500},
    {"One",        331,         1,     8,  1},
    {"Hundredth",  25.31,       0.01,  20, 0.01},
    {"Tiny",       0.00001234,  1e-8,  12, 1e-8},
    {"FifthStep",  0.62,        0.005, 20, 0.005},
}), [](auto const& each) { return each.param.name; });
// clang-format on

TEST(EstimateTicksOf, ForgivesAFewOldOrders) {
  auto prices = cycling(1000, 340, 1, 8);
  prices.high[17] = 347.3;
  EXPECT_DOUBLE_EQ(estimate_ticks(prices).at(late_september_s, 340), 1);
  for (std::size_t i = 0; i < 10; ++i) {
    prices.high[i] += 0.5;
    prices.low[i] -= 0.5;
    prices.open[i] += 0.5;
  }
  EXPECT_DOUBLE_EQ(estimate_ticks(prices).at(late_september_s, 340), 0.5);
}

TEST(EstimateTicksOf, NeedsManyAndDifferentPrices) {
  EXPECT_TRUE(estimate_ticks(cycling(49, 340, 1, 8)).estimated.empty());
  EXPECT_EQ(estimate_ticks(cycling(50, 340, 1, 8)).estimated.size(), 1u);
  EXPECT_TRUE(estimate_ticks(cycling(300, 340, 1, 4)).estimated.empty());
  EXPECT_TRUE(estimate_ticks({}).estimated.empty());
  EXPECT_EQ(TickTable{}.at(late_september_s, 340), 0);
}

TEST(EstimateTicksOf, IgnoresMinutesWithoutTrades) {
  auto prices = cycling(300, 340, 1, 8);
  for (std::size_t i = 0; i < 150; ++i) prices.append(341.5, 341.5, 341.5, 341.5, 0, false);
  EXPECT_DOUBLE_EQ(estimate_ticks(prices).at(late_september_s, 340), 1);
}

TEST(EstimateTicksOf, KeepsMonthsAndBandsApart) {
  auto prices = cycling(1440, 340, 1, 8);  // September
  for (std::size_t i = 0; i < 600; ++i) {  // October, around 500 won
    double const price =
        i % 2 == 0 ? 480 + static_cast<double>(i % 9) * 0.1 : 510 + static_cast<double>(i % 7) * 5;
    prices.append(price, price, price, price, 1, true);
  }
  TickTable const table = estimate_ticks(prices);
  ASSERT_EQ(table.estimated.size(), 3u);
  EXPECT_EQ(table.estimated[0].month, september);
  EXPECT_EQ(table.estimated[1].month, september + 1);
  EXPECT_DOUBLE_EQ(table.estimated[0].tick, 1);
  EXPECT_DOUBLE_EQ(table.estimated[1].tick, 0.1);
  EXPECT_DOUBLE_EQ(table.estimated[2].tick, 5);
  EXPECT_DOUBLE_EQ(table.at(late_september_s, 340), 1);
  EXPECT_DOUBLE_EQ(table.at(late_september_s + 86'400, 340), 0.1);
  EXPECT_DOUBLE_EQ(table.at(late_september_s, 700), 5);  // the band is nearer than the month
}

TEST(TickTableAt, PrefersTheExchangesTable) {
  TickTable table = estimate_ticks(cycling(300, 340, 1, 8));
  table.listed = {{100, 0, 0.1}, {100, 100, 0.5}, {200, 0, 0.2}, {200, 1000, 2}};
  EXPECT_EQ(table.at(99, 340), 1);  // not yet listed
  EXPECT_EQ(table.at(100, 99), 0.1);
  EXPECT_EQ(table.at(199, 100), 0.5);
  EXPECT_EQ(table.at(200, 340), 0.2);
  EXPECT_EQ(table.at(200, 1000), 2);
}

}  // namespace
}  // namespace moneta::backtest
