// SPDX-License-Identifier: Apache-2.0
#include "statistics/edge_spread.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "statistics/random_prices.h"

namespace moneta::statistics {
namespace {

/// Minutes of 20 trades at the bid or the ask of a random walk; `spread` is a fraction of the
/// price.
MinutePrices quoted_prices(std::size_t minutes, double spread, double volatility) {
  MinutePrices prices;
  prices.first_time_s = prices_start_s;
  double value = 0;
  std::uint64_t trade = 0;
  for (std::size_t i = 0; i < minutes; ++i) {
    double open = 0, high = -1e9, low = 1e9, close = 0;
    for (int k = 0; k < 20; ++k, ++trade) {
      PhiloxWords const words = philox(1, 9, trade);
      value += volatility * (uniform_double(words.word[0], words.word[1]) - 0.5);
      close = value + (words.word[2] % 2 == 0 ? spread / 2 : -spread / 2);
      if (k == 0) open = close;
      high = std::max(high, close);
      low = std::min(low, close);
    }
    prices.append(std::exp(open), std::exp(high), std::exp(low), std::exp(close), 1, true);
  }
  return prices;
}

class EdgeSpread : public testing::TestWithParam<double> {};

TEST_P(EdgeSpread, FindsTheSpreadOfASimulatedMarket) {
  MinutePrices const prices = quoted_prices(20'000, GetParam(), 5e-4);
  auto const spread = edge_spread(prices, prices_start_s, prices.time_of(prices.size()));
  ASSERT_TRUE(spread.has_value());
  EXPECT_NEAR(*spread, GetParam(), 0.05 * GetParam());
}

INSTANTIATE_TEST_SUITE_P(Spreads, EdgeSpread, testing::Values(1e-3, 3e-3, 1e-2),
                         [](auto const& each) { return std::to_string(each.index); });

TEST(EdgeSpreadOf, UsesOnlyTradedMinutesInItsRange) {
  MinutePrices const quoted = quoted_prices(300, 1e-3, 5e-4);
  MinutePrices wider;  // the same minutes, with minutes without a trade between and others around
  wider.first_time_s = prices_start_s;
  for (int i = 0; i < 5; ++i) wider.append(9, 9, 2, 2, 1, true);
  for (std::size_t i = 0; i < quoted.size(); ++i) {
    wider.append(quoted.open[i], quoted.high[i], quoted.low[i], quoted.close[i], 1, true);
    wider.append(quoted.close[i], quoted.close[i], quoted.close[i], quoted.close[i], 0, false);
  }
  for (int i = 0; i < 5; ++i) wider.append(9, 9, 2, 2, 1, true);
  EXPECT_EQ(*edge_spread(quoted, 0, prices_start_s + 86'400),
            *edge_spread(wider, wider.time_of(5), wider.time_of(605)));
}

TEST(EdgeSpreadOf, IsUndefinedForTooFewOrMotionlessMinutes) {
  MinutePrices prices;
  EXPECT_FALSE(edge_spread(prices, 0, 86'400).has_value());
  for (int i = 0; i < 2; ++i) prices.append(1, 2, 1, 2, 1, true);
  EXPECT_FALSE(edge_spread(prices, 0, 86'400).has_value());
  MinutePrices flat;
  for (int i = 0; i < 50; ++i) flat.append(3, 3, 3, 3, 1, true);
  EXPECT_FALSE(edge_spread(flat, 0, 86'400).has_value());
}

TEST(EdgeSpreadOf, IsZeroIfItsSquareIsNegative) {
  // Prices that only rise have the autocovariance of a trend, not of a bounce.
  MinutePrices prices;
  for (int i = 0; i < 50; ++i) {
    double const low = std::exp(1e-3 * i), high = std::exp(1e-3 * (i + 1));
    prices.append(low, high * 1.0001, low * 0.9999, high, 1, true);
  }
  EXPECT_EQ(edge_spread(prices, 0, 86'400), 0);
}

}  // namespace
}  // namespace moneta::statistics
