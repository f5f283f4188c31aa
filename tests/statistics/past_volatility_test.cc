// SPDX-License-Identifier: Apache-2.0
#include "statistics/past_volatility.h"

#include <gtest/gtest.h>

#include <cmath>

#include "statistics/random_prices.h"
#include "support/expect_error.h"

namespace moneta::statistics {
namespace {

double obvious_volatility(MinutePrices const& prices, std::int64_t time_s, std::int64_t window) {
  std::int64_t const last = prices.minute_at(time_s) - 1;
  double sum = 0;
  std::size_t count = 0;
  for (std::int64_t i = std::max<std::int64_t>(1, last - window + 1); i <= last; ++i, ++count) {
    auto const now = static_cast<std::size_t>(i);
    double const move = prices.log_close[now] - prices.log_close[now - 1];
    sum += move * move;
  }
  return count == 0 ? 0 : std::sqrt(sum / static_cast<double>(count));
}

class PastVolatility : public testing::TestWithParam<std::size_t> {};

TEST_P(PastVolatility, IsTheRootMeanSquareOfTheLastReturns) {
  MinutePrices const prices = random_prices(400, 1);
  for (std::size_t const start : {0, 1, 2, 3, 58, 61, 62, 200}) {
    for (std::size_t const stride : {1, 5, 7}) {
      std::vector<std::int64_t> time_s;
      for (std::size_t m = start; m <= 400; m += stride) time_s.push_back(prices.time_of(m));
      auto const volatility = past_volatility(prices, time_s, GetParam());
      for (std::size_t i = 0; i < time_s.size(); ++i) {
        double const expected =
            obvious_volatility(prices, time_s[i], static_cast<std::int64_t>(GetParam()));
        ASSERT_NEAR(volatility[i], expected, 1e-15)
            << "start " << start << ", stride " << stride << ", " << i;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Windows, PastVolatility, testing::Values(1, 2, 7, 60, 399, 1000));

TEST(PastVolatilityOf, BeforeThePricesIsZero) {
  MinutePrices const prices = random_prices(10, 1);
  std::vector<std::int64_t> const time_s{prices_start_s - 600, prices_start_s, prices_start_s + 60};
  EXPECT_EQ(past_volatility(prices, time_s, 60), (std::vector<double>{0, 0, 0}));
  EXPECT_TRUE(past_volatility(prices, {}, 60).empty());
}

TEST(PastVolatilityOf, BeyondThePricesIsAnError) {
  MinutePrices const prices = random_prices(10, 1);
  std::vector<std::int64_t> const time_s{prices.time_of(11)};
  expect_error(ErrorKind::data, "the volatility at 2025-09-30T00:11:00Z is not known",
               [&] { past_volatility(prices, time_s, 60); });
}

}  // namespace
}  // namespace moneta::statistics
