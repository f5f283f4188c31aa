// SPDX-License-Identifier: Apache-2.0
#include "backtest/coin_report.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "statistics/random_prices.h"
#include "support/expect_error.h"

namespace moneta::backtest {
namespace {

using statistics::random_forecasts;

BacktestSettings few_replicates() {
  BacktestSettings settings;
  settings.forecast.replicates = 20;
  return settings;
}

/// Train, valid and test part of a random walk; forecasts know a third of the target.
CoinData sample_coin() {
  CoinData coin;
  coin.prices = statistics::random_prices(6000, 1);
  coin.train_first_s = coin.prices.time_of(60);
  coin.train_last_s = coin.prices.time_of(2500);
  coin.valid = random_forecasts(coin.prices, 2600, 4000, 0.4, {});
  coin.test = random_forecasts(coin.prices, 4100, 5900, 0.4, {});
  return coin;
}

CoinReport evaluate(CoinData const& coin, BacktestSettings const& settings) {
  statistics::BootstrapCache draws(settings.forecast);
  return evaluate_coin(coin, settings, draws);
}

TEST(EvaluateCoin, ComparesTheModelWithBounceAndHolding) {
  CoinReport const report = evaluate(sample_coin(), few_replicates());
  EXPECT_EQ(report.model.always.threshold, 0);
  ASSERT_TRUE(report.model.chosen && report.bounce.chosen);
  EXPECT_EQ(report.hold.trades, 1u);
  EXPECT_EQ(report.hold.fills.size(), 2u);
  EXPECT_GT(report.model.always.backtest.gross_return, report.bounce.always.backtest.gross_return);
  EXPECT_EQ(report.hold.curve.first_time_s, report.model.always.backtest.curve.first_time_s);
}

TEST(EvaluateCoin, WithoutAValidationPartChoosesNoThreshold) {
  CoinData coin = sample_coin();
  coin.valid = {};
  CoinReport const report = evaluate(coin, few_replicates());
  EXPECT_FALSE(report.model.chosen || report.bounce.chosen);
  EXPECT_TRUE(report.model.trials.empty());
  EXPECT_FALSE(report.model.always.backtest.fills.empty());
}

TEST(EvaluateCoin, WithoutAThresholdThatPaysDoesNotTrade) {
  BacktestSettings settings = few_replicates();
  settings.fee_bp = 300;
  CoinReport const report = evaluate(sample_coin(), settings);
  ASSERT_TRUE(report.model.chosen.has_value());
  EXPECT_FALSE(report.model.chosen->threshold.has_value());
  EXPECT_TRUE(report.model.chosen->backtest.fills.empty());
  EXPECT_EQ(report.model.chosen->backtest.performance.total_return, 0);
  EXPECT_LT(report.model.always.backtest.performance.total_return, 0);
}

TEST(EvaluateCoin, ChoosesThresholdsWithoutTheTestPart) {
  CoinData coin = sample_coin();
  CoinReport const before = evaluate(coin, few_replicates());
  std::reverse(coin.test.prediction.begin(), coin.test.prediction.end());
  CoinReport const after = evaluate(coin, few_replicates());
  ASSERT_EQ(before.model.trials.size(), after.model.trials.size());
  for (std::size_t i = 0; i < before.model.trials.size(); ++i) {
    EXPECT_EQ(before.model.trials[i].threshold, after.model.trials[i].threshold);
    EXPECT_EQ(before.model.trials[i].net_return, after.model.trials[i].net_return);
  }
}

TEST(EvaluateCoin, GivesTheSameNumbersAgain) {
  CoinReport const one = evaluate(sample_coin(), few_replicates());
  CoinReport const two = evaluate(sample_coin(), few_replicates());
  EXPECT_EQ(one.model.always.backtest.curve.equity, two.model.always.backtest.curve.equity);
  EXPECT_EQ(one.forecast.intervals_95.ic->low, two.forecast.intervals_95.ic->low);
}

TEST(EvaluateCoin, OfZeroForecastsNeverTrades) {
  CoinData coin = sample_coin();
  std::fill(coin.test.prediction.begin(), coin.test.prediction.end(), 0.0);
  CoinReport const report = evaluate(coin, few_replicates());
  EXPECT_EQ(report.forecast.model.r2, 0);
  EXPECT_TRUE(report.model.always.backtest.fills.empty());
  EXPECT_EQ(report.costs.forecasts_above_cost, 0);
}

TEST(EvaluateCoin, OfOneForecastHasOneTrade) {
  CoinData coin = sample_coin();
  coin.test = random_forecasts(coin.prices, 5000, 5000, 1, {});
  coin.test.prediction[0] = 1e-3;
  CoinReport const report = evaluate(coin, few_replicates());
  EXPECT_EQ(report.model.always.backtest.trades, 1u);
  EXPECT_FALSE(report.model.always.backtest.performance.per_day_95.has_value());
}

TEST(EvaluateCoin, PrefersTheExchangesTicks) {
  CoinData coin = sample_coin();
  coin.listed_ticks = {{0, 0, 0.25}};
  EXPECT_EQ(evaluate(coin, few_replicates()).costs.tick, 0.25);
}

TEST(EvaluateCoin, RejectsWhatItCannotEvaluate) {
  CoinData coin = sample_coin();
  coin.test = {};
  expect_error(ErrorKind::data, "there are no forecasts to evaluate",
               [&] { evaluate(coin, few_replicates()); });
  for (auto const part : {&CoinData::test, &CoinData::valid}) {
    coin = sample_coin();
    (coin.*part).prediction[3] = std::numeric_limits<double>::quiet_NaN();
    expect_error(ErrorKind::data, "and the prediction nan (both must be finite)",
                 [&] { evaluate(coin, few_replicates()); });
  }
  BacktestSettings settings;
  settings.fee_bp = -1;
  expect_error(ErrorKind::config, "backtest.fee_bp is -1",
               [&] { evaluate(sample_coin(), settings); });
  statistics::BootstrapCache other(few_replicates().forecast);
  expect_error(ErrorKind::internal, "the bootstrap draws with the seed 1 are for other settings",
               [&] { evaluate_coin(sample_coin(), BacktestSettings{}, other); });
}

}  // namespace
}  // namespace moneta::backtest
