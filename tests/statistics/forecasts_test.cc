// SPDX-License-Identifier: Apache-2.0
#include "statistics/forecasts.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "statistics/random_prices.h"
#include "support/expect_error.h"

namespace moneta::statistics {
namespace {

struct WrongForecasts {
  char const* name;
  std::function<void(Forecasts&)> damage;
  char const* text;
};

class CheckForecasts : public testing::TestWithParam<WrongForecasts> {};

TEST_P(CheckForecasts, Rejects) {
  MinutePrices const prices = random_prices(200, 1);
  Forecasts forecasts = random_forecasts(prices, 21, 181, 0.5, {});
  check_forecasts(prices, forecasts, {});
  GetParam().damage(forecasts);
  expect_error(ErrorKind::data, GetParam().text, [&] { check_forecasts(prices, forecasts, {}); });
}

double const nan = std::numeric_limits<double>::quiet_NaN();
double const infinity = std::numeric_limits<double>::infinity();

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, CheckForecasts, testing::ValuesIn(std::vector<WrongForecasts>{
    {"None", [](Forecasts& f) { f = {}; }, "there are no forecasts to evaluate"},
    {"MissingTarget", [](Forecasts& f) { f.target.pop_back(); }, "33 decision times have 32 targets and 33 predictions"},
    {"MissingPrediction", [](Forecasts& f) { f.prediction.pop_back(); }, "have 33 targets and 32 predictions"},
    {"NotANumber", [](Forecasts& f) { f.prediction[0] = nan; }, "the forecast at 2025-09-30T00:21:00Z has the target"},
    {"InfiniteTarget", [](Forecasts& f) { f.target[0] = infinity; }, "the target inf and the prediction"},
    {"Repeated", [](Forecasts& f) { f.time_s[1] = f.time_s[0]; }, "follows the one at 2025-09-30T00:21:00Z (times must rise)"},
    {"Backward", [](Forecasts& f) { std::swap(f.time_s[3], f.time_s[4]); }, "(times must rise). Sort the forecasts?"},
    {"BetweenMinutes", [](Forecasts& f) { f.time_s[0] += 30; }, "the decision time 2025-09-30T00:21:30Z is not the start of a minute"},
    {"TooEarly", [](Forecasts& f) { f.time_s[0] -= 60; }, "the forecast at 2025-09-30T00:20:00Z needs prices from 20 minutes before"},
    {"TooLate", [](Forecasts& f) { f.time_s.back() += 360; }, "to 15 minutes after it (they begin at 2025-09-30T00:00:00Z and end at 2025-09-30T03:20:00Z)"},
    {"OtherTarget", [](Forecasts& f) { f.target[2] += 2e-6; }, "but the candles say"},
}), [](auto const& each) { return each.param.name; });
// clang-format on

TEST(LeaveOutNotFinite, KeepsTheRestInOrder) {
  Forecasts forecasts;
  for (int i = 0; i < 300; ++i) {
    forecasts.time_s.push_back(60 * i);
    forecasts.target.push_back(i);
    forecasts.prediction.push_back(-i);
  }
  forecasts.target[5] = nan;
  forecasts.prediction[7] = infinity;
  EXPECT_EQ(leave_out_not_finite(forecasts), 2u);
  ASSERT_EQ(forecasts.size(), 298u);
  EXPECT_EQ(forecasts.target.size(), 298u);
  EXPECT_EQ(forecasts.prediction.size(), 298u);
  EXPECT_EQ(forecasts.time_s[5], 360);
  EXPECT_EQ(forecasts.target[6], 8);
  EXPECT_EQ(forecasts.prediction.back(), -299);
}

TEST(LeaveOutNotFinite, OfMoreThanOnePercentIsAnError) {
  Forecasts forecasts{std::vector<std::int64_t>(100), std::vector<double>(100),
                      std::vector<double>(100)};
  forecasts.target[1] = nan;
  EXPECT_EQ(leave_out_not_finite(forecasts), 1u);
  forecasts.target[1] = forecasts.prediction[2] = nan;
  expect_error(ErrorKind::data, "2 of 99 forecasts are not finite (at most 1 % may be)",
               [&] { leave_out_not_finite(forecasts); });
}

TEST(LeaveOutNotFinite, OfNothingIsNothing) {
  Forecasts forecasts;
  EXPECT_EQ(leave_out_not_finite(forecasts), 0u);
}

}  // namespace
}  // namespace moneta::statistics
