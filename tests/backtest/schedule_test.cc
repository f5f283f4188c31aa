// SPDX-License-Identifier: Apache-2.0
#include "backtest/schedule.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>
#include <vector>

#include "statistics/random_series.h"
#include "support/expect_error.h"

namespace moneta::backtest {
namespace {

using Times = std::vector<std::int64_t>;
using Values = std::vector<double>;

/// Events as (minute, exposure).
std::vector<std::pair<std::int64_t, double>> minutes_of(std::vector<TargetExposure> const& events) {
  std::vector<std::pair<std::int64_t, double>> result;
  for (auto const& each : events) result.emplace_back(each.time_s / 60, each.exposure);
  return result;
}

BacktestSettings settings_with(Holding holding, Side side) {
  BacktestSettings settings;
  settings.holding = holding;
  settings.side = side;
  return settings;
}

TEST(Schedule, OfALadderIsTheSumOfAliveForecasts) {
  Times time_s;
  for (std::int64_t i = 0; i < 300; ++i) {
    if (i % 7 != 3 && (i < 100 || i > 130)) time_s.push_back(i * 300);  // with gaps
  }
  Values const p = statistics::random_series(time_s.size(), 1);
  auto const settings = settings_with(Holding::ladder, Side::long_short);
  constexpr std::int64_t life_s = 900;
  std::set<std::int64_t> points(time_s.begin(), time_s.end());
  for (std::int64_t const each : time_s) points.insert(each + life_s);
  auto const events = schedule({}, time_s, p, settings, 0.3);
  ASSERT_EQ(events.size(), points.size());
  std::size_t k = 0;
  for (std::int64_t const point : points) {
    double sum = 0;
    for (std::size_t i = 0; i < time_s.size(); ++i) {
      bool const alive = time_s[i] <= point && point < time_s[i] + life_s;
      if (alive && std::abs(p[i]) > 0.3) sum += p[i] > 0 ? 1 : -1;
    }
    EXPECT_EQ(events[k].time_s, point);
    EXPECT_DOUBLE_EQ(events[k].exposure, sum / 3);
    ++k;
  }
}

TEST(Schedule, OfASignalFollowsTheNewestForecast) {
  auto const settings = settings_with(Holding::signal, Side::long_short);
  auto const events = schedule({}, Times{0, 300, 600, 3000}, Values{1, -1, 0.1, 1}, settings, 0.2);
  EXPECT_EQ(minutes_of(events), (std::vector<std::pair<std::int64_t, double>>{
                                    {0, 1}, {5, -1}, {10, 0}, {25, 0}, {50, 1}, {65, 0}}));
}

TEST(Schedule, OfHysteresisKeepsAPositionButNotBeyondTheHorizon) {
  auto const settings = settings_with(Holding::hysteresis, Side::long_flat);
  auto const events =
      schedule({}, Times{0, 300, 600, 3000, 3300}, Values{1, 0.1, -0.1, 0.1, -1}, settings, 0.2);
  EXPECT_EQ(minutes_of(events), (std::vector<std::pair<std::int64_t, double>>{
                                    {0, 1}, {5, 1}, {10, 1}, {25, 0}, {50, 0}, {55, 0}, {70, 0}}));
}

TEST(Schedule, OfForecastsOnTheThresholdDoesNotAct) {
  for (auto const holding : {Holding::ladder, Holding::signal, Holding::hysteresis}) {
    for (double const threshold : {0.5, std::numeric_limits<double>::infinity()}) {
      auto const events = schedule({}, Times{0, 300}, Values{0.5, -0.5},
                                   settings_with(holding, Side::long_short), threshold);
      for (auto const& event : events) EXPECT_EQ(event.exposure, 0);
    }
  }
}

TEST(Schedule, OfZeroForecastsNeverActs) {
  auto const events =
      schedule({}, Times{0, 300}, Values{0, 0}, settings_with(Holding::ladder, Side::long_flat), 0);
  for (auto const& event : events) EXPECT_EQ(event.exposure, 0);
}

TEST(Schedule, OfNothingIsEmpty) {
  for (auto const holding : {Holding::ladder, Holding::signal}) {
    EXPECT_TRUE(schedule({}, {}, {}, settings_with(holding, Side::long_flat), 0).empty());
  }
}

TEST(Schedule, LimitsProportionalSizes) {
  auto settings = settings_with(Holding::signal, Side::long_short);
  settings.sizing = Sizing::proportional;
  settings.scale = 2;
  auto const events = schedule({}, Times{0, 300, 600}, Values{1, -3, 0.5}, settings, 0);
  EXPECT_EQ(events[0].exposure, 0.5);
  EXPECT_EQ(events[1].exposure, -1);
  EXPECT_EQ(events[2].exposure, 0.25);
}

TEST(DefaultScale, IsTheNinthDecileOfTheSize) {
  Values p;
  for (int i = 0; i <= 10; ++i) p.push_back(i % 2 == 0 ? i : -i);
  EXPECT_DOUBLE_EQ(default_scale(p), 9);
}

TEST(DefaultScale, OfZeroForecastsIsAnError) {
  expect_error(ErrorKind::data, "the 0.9-quantile of the size of 3 forecasts is 0", [] {
    default_scale(Values{0, 0, 0});
  });
  expect_error(ErrorKind::data, "of 0 forecasts is 0", [] { default_scale({}); });
}

}  // namespace
}  // namespace moneta::backtest
