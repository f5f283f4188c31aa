// SPDX-License-Identifier: Apache-2.0
#include "statistics/forecast_report.h"

#include <gtest/gtest.h>

#include <numeric>

#include "statistics/random_prices.h"
#include "support/expect_error.h"

namespace moneta::statistics {
namespace {

struct Sample {
  MinutePrices prices = random_prices(4000, 1);
  ForecastSettings settings{15, 5, 50, 1};
  Forecasts forecasts = random_forecasts(prices, 2000, 3900, 0.3, settings);
  Baselines baselines = fit_baselines(prices, prices_start_s, prices.time_of(1900), settings);
  std::array<double, 2> edges =
      volatility_edges(prices, prices.time_of(60), prices.time_of(1900), settings);

  ForecastReport report() const {
    BootstrapCache draws(settings);
    return report_forecasts(prices, forecasts, baselines, edges, draws);
  }
};

TEST(MinuteProfile, AddsUpToTheIc) {
  Sample const sample;
  ForecastReport const report = sample.report();
  auto const& minutes = report.profile.ic_of_minute;
  ASSERT_EQ(minutes.size(), 15u);
  EXPECT_NEAR(std::accumulate(minutes.begin(), minutes.end(), 0.0), *report.model.ic, 1e-12);
}

TEST(MinuteProfile, HasNoGainBeyondThePrices) {
  MinutePrices const prices = random_prices(200, 1);
  Forecasts const forecasts = random_forecasts(prices, 185, 185, 0.5, {});
  MinuteProfile const profile = minute_profile(prices, forecasts, {});
  EXPECT_TRUE(profile.last_close_bp.has_value());
  MinutePrices shorter = random_prices(200, 1);  // ends with the horizon of the forecast
  EXPECT_FALSE(minute_profile(shorter, random_forecasts(shorter, 186, 186, 0.5, {14, 5, 1, 1}),
                              {14, 5, 1, 1})
                   .next_close_bp.has_value());
}

TEST(ForecastReport, OfConstantForecastsHasOnlyWhatIsDefined) {
  Sample sample;
  std::fill(sample.forecasts.prediction.begin(), sample.forecasts.prediction.end(), 1e-4);
  ForecastReport const report = sample.report();
  EXPECT_TRUE(report.model.r2 && report.model.hit_rate && report.bounce.skill_over);
  EXPECT_FALSE(report.model.ic || report.model.rank_ic || report.ic_t || report.shift_p);
  EXPECT_FALSE(report.calibration.slope || report.ic_beyond_bounce || report.profile.late_ic_t);
  EXPECT_TRUE(report.profile.ic_of_minute.empty());
}

TEST(ForecastReport, OfAFlatMarketHasNoAccuracy) {
  Sample sample;
  MinutePrices flat;
  flat.first_time_s = prices_start_s;
  for (int i = 0; i < 4000; ++i) flat.append(5, 5, 5, 5, 1, true);
  sample.prices = flat;
  std::fill(sample.forecasts.target.begin(), sample.forecasts.target.end(), 0.0);
  ForecastReport const report = sample.report();
  EXPECT_FALSE(report.model.r2 || report.model.hit_rate || report.model.ic);
  EXPECT_FALSE(report.commoner_sign || report.clark_west_t);
  EXPECT_EQ(report.zero_targets, 1);
  EXPECT_EQ(report.target_deviation, 0);
  EXPECT_FALSE(report.intervals_95.r2 || report.intervals_95.ic);
}

TEST(ForecastReport, OfOneForecastHasNoUncertainty) {
  Sample sample;
  sample.forecasts = random_forecasts(sample.prices, 2000, 2000, 0.3, sample.settings);
  ForecastReport const report = sample.report();
  EXPECT_EQ(report.model.samples, 1u);
  EXPECT_TRUE(report.model.r2 && report.model.hit_rate);
  EXPECT_FALSE(report.model.ic || report.ic_t || report.clark_west_t || report.intervals_95.r2);
  EXPECT_FALSE(report.bounce.test.t || report.deciles.monotonicity);
}

TEST(ForecastReport, FindsAForecastThatKnowsMoreThanTheBounce) {
  ForecastReport const report = Sample().report();
  EXPECT_GT(*report.bounce.skill_over, 0.3);
  EXPECT_LT(*report.bounce.test.p, 1e-6);
  EXPECT_GT(*report.ic_t, 5);
  EXPECT_LT(*report.shift_p, 0.02);
  EXPECT_GT(report.intervals_95.skill_over_baseline->low, 0.2);
}

TEST(ForecastReport, RejectsForecastsOfOtherCandles) {
  Sample sample;
  sample.forecasts.target[9] += 1e-3;
  expect_error(ErrorKind::data, "but the candles say", [&] { sample.report(); });
}

TEST(Regimes, AreHoursAndMonthsInOrder) {
  MinutePrices const prices = random_prices(3 * 1440, 1);
  Forecasts const forecasts = random_forecasts(prices, 1380, 3000, 0.3, {});  // from 23:00
  auto const hours = by_hour_utc(forecasts);
  ASSERT_EQ(hours.size(), 24u);
  EXPECT_EQ(hours[0].name, "0");
  EXPECT_EQ(hours[23].name, "23");
  EXPECT_EQ(hours[23].metrics.samples, 24u);  // 23:00 to 23:55 on two days
  EXPECT_FALSE(hours[23].metrics.r2.has_value());
  auto const months = by_month_utc(forecasts);
  ASSERT_EQ(months.size(), 2u);
  EXPECT_EQ(months[0].name, "2025-09");
  EXPECT_EQ(months[0].metrics.samples, 12u);
  EXPECT_EQ(months[1].name, "2025-10");
  EXPECT_TRUE(months[1].metrics.r2.has_value());
}

TEST(Regimes, AreTercilesOfTheTrainPartsVolatility) {
  Sample const sample;
  auto const train = by_volatility(
      sample.prices, random_forecasts(sample.prices, 60, 1900, 0.3, sample.settings), sample.edges);
  ASSERT_EQ(train.size(), 3u);
  for (auto const& tercile : train)
    EXPECT_NEAR(static_cast<double>(tercile.metrics.samples), 123, 1);
}

TEST(VolatilityEdges, RejectATrainPartThatEndsBeforeItBegins) {
  expect_error(ErrorKind::data, "has no decision times. Is its end before its start?",
               [] { volatility_edges(random_prices(100, 1), 6000, 0, {}); });
}

}  // namespace
}  // namespace moneta::statistics
