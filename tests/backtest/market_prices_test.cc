// SPDX-License-Identifier: Apache-2.0
#include "backtest/market_prices.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "market/bars.h"
#include "support/expect_error.h"

namespace moneta::backtest {
namespace {

constexpr std::int64_t start_s = 1'759'190'400;

TEST(MinutePricesOf, AreTheBarsAsArrays) {
  std::vector<Candle> const candles{{start_s, 10, 12, 9, 11, 5},
                                    {start_s + 120, 20, 22, 18, 21, 6}};
  auto const prices = minute_prices_of(fill_minutes(candles));
  EXPECT_EQ(prices.first_time_s, start_s);
  EXPECT_EQ(prices.open, (std::vector<double>{10, 11, 20}));
  EXPECT_EQ(prices.high, (std::vector<double>{12, 11, 22}));
  EXPECT_EQ(prices.low, (std::vector<double>{9, 11, 18}));
  EXPECT_EQ(prices.close, (std::vector<double>{11, 11, 21}));
  EXPECT_EQ(prices.volume, (std::vector<double>{5, 0, 6}));
  EXPECT_EQ(prices.middle, (std::vector<double>{10.5, 11, 20}));
  EXPECT_EQ(prices.traded, (std::vector<std::uint8_t>{1, 0, 1}));
  EXPECT_EQ(prices.log_close[2], std::log(21.0));
  EXPECT_EQ(prices.log_middle[0], std::log(10.5));
}

TEST(MinutePricesOf, FindMinutesByTime) {
  auto const prices = minute_prices_of(fill_minutes(std::vector<Candle>{{start_s, 1, 1, 1, 1, 1}}));
  EXPECT_EQ(prices.minute_at(start_s), 0);
  EXPECT_EQ(prices.minute_at(start_s + 59), 0);
  EXPECT_EQ(prices.minute_at(start_s + 60), 1);
  EXPECT_EQ(prices.minute_at(start_s - 1), -1);
  EXPECT_EQ(prices.minute_at(start_s - 60), -1);
  EXPECT_EQ(prices.minute_at(start_s - 61), -2);
  EXPECT_EQ(prices.time_of(3), start_s + 180);
}

TEST(MinutePricesOf, RejectPricesThatCannotBeTraded) {
  for (Candle const& wrong : {Candle{start_s, 1, 1, 0, 1, 1}, Candle{start_s, 1, INFINITY, 1, 1, 1},
                              Candle{start_s, 1, 1, 1, 1, -1}}) {
    Bars bars{1, start_s, {wrong}, {0}};
    expect_error(ErrorKind::data, "the minute at 2025-09-30T00:00:00Z has the open 1",
                 [&] { minute_prices_of(bars); });
  }
  expect_error(ErrorKind::internal, "bars of 5 minutes are not minutes", [] {
    minute_prices_of(Bars{5, start_s, {}, {}});
  });
}

}  // namespace
}  // namespace moneta::backtest
