// SPDX-License-Identifier: Apache-2.0
#include "statistics/bootstrap.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "statistics/dependence.h"
#include "statistics/point_metrics.h"
#include "statistics/random_series.h"

namespace moneta::statistics {
namespace {

using Values = std::vector<double>;

std::vector<std::size_t> rows_of(StationaryBootstrap const& bootstrap, std::size_t n,
                                 std::size_t replicate) {
  std::vector<std::size_t> rows(n);
  bootstrap.copy_rows(replicate, rows);
  return rows;
}

Values picked(Values const& x, std::vector<std::size_t> const& rows) {
  Values result;
  for (std::size_t const row : rows) result.push_back(x[row]);
  return result;
}

TEST(StationaryBootstrap, DependsOnlyOnSeedReplicateAndRow) {
  StationaryBootstrap const one(50, 5, 1, 5), same(50, 5, 1, 5), other(50, 5, 2, 5);
  EXPECT_EQ(rows_of(one, 50, 3), rows_of(same, 50, 3));
  EXPECT_NE(rows_of(one, 50, 3), rows_of(one, 50, 4));
  EXPECT_NE(rows_of(one, 50, 3), rows_of(other, 50, 3));
}

TEST(StationaryBootstrap, HasBlocksOfTheMeanLength) {
  constexpr std::size_t n = 20'000, block = 8;
  auto const rows = rows_of(StationaryBootstrap(n, block, 1, 1), n, 0);
  std::size_t starts = 1;
  for (std::size_t i = 1; i < n; ++i) starts += rows[i] != (rows[i - 1] + 1) % n ? 1 : 0;
  EXPECT_NEAR(static_cast<double>(n) / static_cast<double>(starts), block, 0.5);
}

TEST(StationaryBootstrap, CountsItsRowsWhereBlocksWrapAround) {
  for (std::size_t const n : {1, 2, 3, 7, 40}) {
    StationaryBootstrap const bootstrap(n, 6, 1, 50);
    for (std::size_t replicate = 0; replicate < 50; ++replicate) {
      Values counts(n), expected(n);
      bootstrap.copy_counts(replicate, counts);
      for (std::size_t const row : rows_of(bootstrap, n, replicate)) ++expected[row];
      ASSERT_EQ(counts, expected) << n << " rows, replicate " << replicate;
    }
  }
}

/// The intervals, computed from resampled rows.
ForecastIntervals obvious_intervals(Values const& y, Values const& p, Values const& q,
                                    ForecastSettings const& settings) {
  std::size_t const n = y.size();
  StationaryBootstrap const bootstrap(n, dependence_lags(n, settings.overlap()), settings.seed,
                                      settings.replicates);
  Values r2, hit_rate, ic, rank_ic, skill;
  auto const add = [](Values& to, std::optional<double> value) {
    if (value) to.push_back(*value);
  };
  for (std::size_t b = 0; b < settings.replicates; ++b) {
    auto const rows = rows_of(bootstrap, n, b);
    Values const yb = picked(y, rows), pb = picked(p, rows), qb = picked(q, rows);
    PointMetrics const metrics = point_metrics(yb, pb);
    add(r2, metrics.r2);
    add(hit_rate, metrics.hit_rate);
    add(ic, metrics.ic);
    add(rank_ic, metrics.rank_ic);
    add(skill, skill_over(yb, pb, qb));
  }
  auto const interval = [&](Values& values) {
    return percentile_interval(values, settings.replicates);
  };
  return {interval(r2), interval(hit_rate), interval(ic), interval(rank_ic), interval(skill)};
}

void expect_same(std::optional<Interval> const& got, std::optional<Interval> const& expected) {
  ASSERT_EQ(got.has_value(), expected.has_value());
  if (!got) return;
  EXPECT_NEAR(got->low, expected->low, 1e-12);
  EXPECT_NEAR(got->high, expected->high, 1e-12);
}

TEST(ForecastIntervals, AreThoseOfResampledRows) {
  ForecastSettings settings;
  settings.replicates = 60;
  Values y = random_series(200, 1);
  for (std::size_t i = 0; i < y.size(); i += 3) y[i] = std::round(2 * y[i]) / 2;  // ties and zeros
  Values const p = mixed(random_series(200, 2), y, 0.5), q = random_series(200, 3);
  BootstrapCache draws(settings);
  ForecastIntervals const got = forecast_intervals(y, p, q, draws);
  ForecastIntervals const expected = obvious_intervals(y, p, q, settings);
  ASSERT_TRUE(got.ic && got.r2 && got.hit_rate && got.rank_ic && got.skill_over_baseline);
  expect_same(got.r2, expected.r2);
  expect_same(got.hit_rate, expected.hit_rate);
  expect_same(got.ic, expected.ic);
  expect_same(got.rank_ic, expected.rank_ic);
  expect_same(got.skill_over_baseline, expected.skill_over_baseline);
}

TEST(ForecastIntervals, NeedThirtySamples) {
  ForecastSettings settings;
  settings.replicates = 20;
  BootstrapCache draws(settings);
  Values const y = random_series(30, 1), p = random_series(30, 2);
  EXPECT_TRUE(forecast_intervals(y, p, p, draws).ic.has_value());
  Numbers const few_y = Numbers(y).first(29), few_p = Numbers(p).first(29);
  EXPECT_FALSE(forecast_intervals(few_y, few_p, few_p, draws).ic.has_value());
  EXPECT_FALSE(sum_interval(few_y, 1, draws).has_value());
}

TEST(ForecastIntervals, OfZeroTargetsOrConstantForecastsAreUndefined) {
  ForecastSettings settings;
  settings.replicates = 20;
  BootstrapCache draws(settings);
  Values const y = random_series(40, 1), zero(40), constant(40, 0.1);
  ForecastIntervals const unmoved = forecast_intervals(zero, y, y, draws);
  EXPECT_FALSE(unmoved.r2 || unmoved.hit_rate || unmoved.ic || unmoved.rank_ic);
  ForecastIntervals const flat = forecast_intervals(y, constant, zero, draws);
  EXPECT_TRUE(flat.r2 && flat.hit_rate && flat.skill_over_baseline);
  EXPECT_FALSE(flat.ic || flat.rank_ic);
}

TEST(SumInterval, IsThatOfResampledRows) {
  ForecastSettings settings;
  settings.replicates = 100;
  BootstrapCache draws(settings);
  Values const x = random_series(45, 1);
  Values values;
  for (std::size_t b = 0; b < 100; ++b) {
    values.push_back(45 * mean(picked(x, rows_of(draws.of(45), 45, b))) / 3);
  }
  expect_same(sum_interval(x, 3, draws), percentile_interval(values, 100));
}

TEST(BootstrapCache, DrawsOnceForEachNumberOfRows) {
  BootstrapCache draws{{}};
  StationaryBootstrap const& first = draws.of(40);
  draws.of(41);
  EXPECT_EQ(&draws.of(40), &first);
  EXPECT_EQ(first.rows(), 40u);
  EXPECT_EQ(first.replicates(), 1000u);
}

TEST(PercentileInterval, NeedsNineTenthsOfTheReplicates) {
  Values values(90, 1.0);
  EXPECT_TRUE(percentile_interval(values, 100).has_value());
  values.pop_back();
  EXPECT_FALSE(percentile_interval(values, 100).has_value());
  EXPECT_FALSE(percentile_interval({}, 0).has_value());
}

TEST(SumInterval, OfZerosIsZero) {
  BootstrapCache draws{{}};
  auto const interval = sum_interval(Values(100), 2, draws);
  ASSERT_TRUE(interval.has_value());
  EXPECT_EQ(interval->low, 0);
  EXPECT_EQ(interval->high, 0);
}

TEST(SumInterval, HasTheSizeThatTheTheorySays) {
  // The sum of n independent numbers in (-1, 1) has the standard deviation sqrt(n / 3).
  constexpr std::size_t n = 3000;
  BootstrapCache draws{{}};
  auto const interval = sum_interval(random_series(n, 5), std::sqrt(n / 3.0), draws);
  ASSERT_TRUE(interval.has_value());
  EXPECT_NEAR(interval->high - interval->low, 2 * 1.96, 0.4);
}

}  // namespace
}  // namespace moneta::statistics
