// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "backtest/golden_coin.h"
#include "backtest/verdict.h"
#include "statistics/golden_metrics.h"

namespace moneta::backtest {
namespace {

using golden::expect_number;

std::string name_of(testing::TestParamInfo<std::size_t> const& each, char const* list) {
  return golden::json()[list][each.param]["name"].get<std::string>();
}

class GoldenBacktest : public testing::TestWithParam<std::size_t> {};

TEST_P(GoldenBacktest, GivesTheReferenceNumbers) {
  Json const& each = golden::json()["backtests"][GetParam()];
  Json const& expected = each["expected"];
  auto const prices = golden::prices_of(each["candles"]);
  auto const settings = golden::settings_of(each["config"]);
  std::vector<std::int64_t> time_s;
  std::vector<double> prediction;
  for (Json const& row : each["forecasts"]) {
    time_s.push_back(row[0].get<std::int64_t>());
    prediction.push_back(row[1].get<double>());
  }
  auto const events =
      schedule(prices, time_s, prediction, settings, each["config"]["threshold"].get<double>());
  ASSERT_EQ(events.size(), expected["events"].size());
  for (std::size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(events[i].time_s, expected["events"][i][0].get<std::int64_t>());
    expect_number(expected["events"][i][1], events[i].exposure, "event exposure");
  }
  statistics::BootstrapCache draws(settings.forecast);
  Backtest const got =
      run_backtest(prices, events, settings, golden::ticks_of(each["ticks"]), 1, draws);
  golden::expect_numbers(expected["path"], got.curve.equity, "path");
  golden::expect_backtest(expected["numbers"], got, each["name"] == "ruin");
}

INSTANTIATE_TEST_SUITE_P(Cases, GoldenBacktest,
                         testing::Range(std::size_t{0}, golden::json()["backtests"].size()),
                         [](auto const& each) { return name_of(each, "backtests"); });

void expect_baseline(Json const& expected, statistics::BaselineReport const& got,
                     std::string const& name) {
  golden::expect_metrics(expected, got.metrics, name);
  expect_number(expected["skill_over"], got.skill_over, name + " skill_over");
  Json const& test = expected["diebold_mariano"];
  expect_number(test["gain"], got.test.gain, name + " diebold_mariano gain");
  expect_number(test["t"], got.test.t, name + " diebold_mariano t");
  expect_number(test["p"], got.test.p, name + " diebold_mariano p");
}

void expect_regimes(Json const& expected, std::vector<statistics::Regime> const& got,
                    std::string const& quantity) {
  ASSERT_EQ(expected.size(), got.size()) << quantity;
  for (auto const& regime : got) {
    ASSERT_TRUE(expected.contains(regime.name)) << quantity << " " << regime.name;
    golden::expect_metrics(expected[regime.name], regime.metrics, quantity);
  }
}

void expect_profile(Json const& expected, statistics::MinuteProfile const& got) {
  golden::expect_numbers(expected["minutes"], got.ic_of_minute, "profile minutes");
  golden::expect_metrics(expected["late"], got.late, "late");
  expect_number(expected["late"]["ic_t"], got.late_ic_t, "late ic_t");
  Json const& gain = expected["edge_bp"];
  expect_number(gain["last_close"], got.last_close_bp, "edge_bp last_close");
  expect_number(gain["next_open"], got.next_open_bp, "edge_bp next_open");
  expect_number(gain["next_close"], got.next_close_bp, "edge_bp next_close");
  expect_number(gain["next_mid"], got.next_middle_bp, "edge_bp next_mid");
}

void expect_forecast(Json const& expected, statistics::ForecastReport const& got) {
  golden::expect_metrics(expected["model"], got.model, "model");
  expect_number(expected["zero_targets"], got.zero_targets, "zero_targets");
  expect_number(expected["commoner_sign"], got.commoner_sign, "commoner_sign");
  expect_baseline(expected["baselines"]["no_change"], got.no_change, "no_change");
  expect_baseline(expected["baselines"]["drift"], got.drift, "drift");
  expect_baseline(expected["baselines"]["bounce"], got.bounce, "bounce");
  expect_number(expected["ic_beyond_bounce"], got.ic_beyond_bounce, "ic_beyond_bounce");
  expect_number(expected["ic_t"], got.ic_t, "ic_t");
  expect_number(expected["clark_west_t"], got.clark_west_t, "clark_west_t");
  expect_number(expected["shift_p"], got.shift_p, "shift_p");
  Json const& intervals = expected["intervals_95"];
  golden::expect_interval(intervals["r2"], got.intervals_95.r2, "interval r2");
  golden::expect_interval(intervals["hit_rate"], got.intervals_95.hit_rate, "interval hit_rate");
  golden::expect_interval(intervals["ic"], got.intervals_95.ic, "interval ic");
  golden::expect_interval(intervals["rank_ic"], got.intervals_95.rank_ic, "interval rank_ic");
  golden::expect_interval(intervals["skill_over_bounce"], got.intervals_95.skill_over_baseline,
                          "interval skill_over_bounce");
  golden::expect_calibration(expected["calibration"], got.calibration);
  golden::expect_quantile_table(expected["quantiles"], got.deciles);
  expect_profile(expected["profile"], got.profile);
  expect_regimes(expected["by_hour_utc"], got.by_hour_utc, "by_hour_utc");
  expect_regimes(expected["by_month"], got.by_month, "by_month");
  expect_regimes(expected["by_volatility"], got.by_volatility, "by_volatility");
}

void expect_strategy(Json const& market, char const* name, Strategy const& got) {
  SCOPED_TRACE(name);
  Json const& expected = market["report"]["strategies"][name];
  expect_number(expected["threshold"], got.threshold, "threshold");
  golden::expect_backtest(expected, got.backtest);
  std::vector<double> hourly;
  for (std::size_t i = 0; i < got.backtest.curve.equity.size(); i += 60) {
    hourly.push_back(got.backtest.curve.equity[i]);
  }
  golden::expect_numbers(market["hourly_path"][name][1], hourly, "hourly path");
}

class GoldenMarket : public testing::TestWithParam<std::size_t> {};

TEST_P(GoldenMarket, GivesTheReferenceReport) {
  Json const& each = golden::json()["markets"][GetParam()];
  Json const& expected = each["expected"];
  CoinData const coin = golden::coin_of(each);
  auto const settings = golden::settings_of(each["config"]);
  statistics::BootstrapCache draws(settings.forecast);
  CoinReport const report = evaluate_coin(coin, settings, draws);
  expect_forecast(expected["report"]["forecast"], report.forecast);
  Json const& costs = expected["report"]["costs"];
  expect_number(costs["tick"], report.costs.tick, "tick");
  expect_number(costs["tick_bp"], report.costs.tick_bp, "tick_bp");
  expect_number(costs["edge_spread_bp"], report.costs.edge_spread_bp, "edge_spread_bp");
  expect_number(costs["a_side_bp"], report.costs.side_bp, "a_side_bp");
  expect_number(costs["forecasts_above_cost"], report.costs.forecasts_above_cost,
                "forecasts_above_cost");
  expect_strategy(expected, "model_always", report.model.always);
  expect_strategy(expected, "bounce_always", report.bounce.always);
  ASSERT_TRUE(report.model.chosen && report.bounce.chosen);
  expect_strategy(expected, "model_chosen", *report.model.chosen);
  expect_strategy(expected, "bounce_chosen", *report.bounce.chosen);
  expect_strategy(expected, "hold", {std::nullopt, report.hold});
  auto const name = each["name"].get<std::string>();
  EXPECT_EQ(expected["headlines"]["model_always"], always_headline(name, report));
  EXPECT_EQ(expected["headlines"]["model_chosen"], chosen_headline(name, report));
  EXPECT_EQ(expected["bounce_flag"], is_bounce(report.forecast));
}

TEST_P(GoldenMarket, TriesTheReferenceThresholds) {
  Json const& each = golden::json()["markets"][GetParam()];
  CoinData const coin = golden::coin_of(each);
  ThresholdChoice const choice =
      choose_threshold(coin.prices, coin.valid.time_s, coin.valid.prediction,
                       golden::settings_of(each["config"]), estimate_ticks(coin.prices));
  Json const& expected = each["expected"]["thresholds_tried_without_edge_spread"]["model"];
  ASSERT_EQ(expected.size(), choice.trials.size());
  for (std::size_t i = 0; i < choice.trials.size(); ++i) {
    expect_number(expected[i]["threshold"], choice.trials[i].threshold, "tried threshold");
    expect_number(expected[i]["return"], choice.trials[i].net_return, "tried return");
    golden::expect_count(expected[i]["trades"], choice.trials[i].trades, "tried trades");
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, GoldenMarket,
                         testing::Range(std::size_t{0}, golden::json()["markets"].size()),
                         [](auto const& each) { return name_of(each, "markets"); });

}  // namespace
}  // namespace moneta::backtest
