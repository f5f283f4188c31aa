// SPDX-License-Identifier: Apache-2.0
#include "backtest/threshold.h"

#include <gtest/gtest.h>

#include <vector>

#include "statistics/random_prices.h"
#include "support/expect_error.h"

namespace moneta::backtest {
namespace {

using statistics::Forecasts;

struct Sample {
  statistics::MinutePrices prices = statistics::random_prices(4000, 1);
  BacktestSettings settings;

  ThresholdChoice choose(Forecasts const& forecasts) const {
    return choose_threshold(prices, forecasts.time_s, forecasts.prediction, settings, {});
  }
};

TEST(ChooseThreshold, TriesZeroAndFiveQuantiles) {
  Sample const sample;
  auto const choice = sample.choose(random_forecasts(sample.prices, 100, 3900, 0.5, {}));
  ASSERT_EQ(choice.trials.size(), 6u);
  EXPECT_EQ(choice.trials[0].threshold, 0);
  for (std::size_t i = 1; i < 6; ++i) {
    EXPECT_LT(choice.trials[i - 1].threshold, choice.trials[i].threshold);
    EXPECT_GE(choice.trials[i - 1].trades + 5, choice.trials[i].trades);
  }
}

TEST(ChooseThreshold, TakesTheLargestReturnOfEnoughTrades) {
  Sample const sample;
  auto const choice = sample.choose(random_forecasts(sample.prices, 100, 3900, 0.9, {}));
  ASSERT_TRUE(choice.threshold.has_value());
  double best = 0, threshold = -1;
  for (auto const& trial : choice.trials) {
    if (trial.trades < 10 || trial.net_return < best) continue;
    best = trial.net_return;
    threshold = trial.threshold;
  }
  EXPECT_EQ(choice.threshold, threshold);
}

TEST(ChooseThreshold, DoesNotTradeWithoutAGain) {
  Sample sample;
  sample.settings.fee_bp = 500;
  auto const choice = sample.choose(random_forecasts(sample.prices, 100, 3900, 0.9, {}));
  EXPECT_FALSE(choice.threshold.has_value());
}

TEST(ChooseThreshold, DoesNotTradeOnFewTrades) {
  Sample const sample;
  // One run of forecasts that know the future, with at most nine trades.
  auto const choice = sample.choose(random_forecasts(sample.prices, 100, 180, 1, {}));
  for (auto const& trial : choice.trials) EXPECT_LT(trial.trades, 10u);
  EXPECT_FALSE(choice.threshold.has_value());
}

TEST(ChooseThreshold, OfEqualReturnsTakesTheLargerThreshold) {
  Sample const sample;
  Forecasts forecasts = random_forecasts(sample.prices, 100, 3900, 1, {});
  // Only gains are traded, so 0 and the size of the other forecasts select the same.
  for (std::size_t i = 0; i < forecasts.size(); ++i) {
    forecasts.prediction[i] = forecasts.target[i] > 1e-3 ? 1e-3 : -1e-9;
  }
  auto const choice = sample.choose(forecasts);
  ASSERT_GE(choice.trials.size(), 2u);
  EXPECT_EQ(choice.trials[0].net_return, choice.trials[1].net_return);
  EXPECT_EQ(choice.trials[1].threshold, 1e-9);
  EXPECT_EQ(choice.threshold, 1e-9);
}

TEST(ChooseThreshold, OfZeroForecastsTriesOnlyZero) {
  Sample const sample;
  Forecasts forecasts = random_forecasts(sample.prices, 100, 3900, 1, {});
  std::fill(forecasts.prediction.begin(), forecasts.prediction.end(), 0.0);
  auto const choice = sample.choose(forecasts);
  EXPECT_EQ(choice.trials.size(), 1u);
  EXPECT_FALSE(choice.threshold.has_value());
}

TEST(ChooseThreshold, RejectsAnEmptyValidationPart) {
  expect_error(ErrorKind::data, "a threshold cannot be chosen from no forecasts",
               [] { Sample().choose({}); });
}

}  // namespace
}  // namespace moneta::backtest
