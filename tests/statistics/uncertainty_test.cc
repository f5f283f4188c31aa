// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "statistics/calibration.h"
#include "statistics/dependence.h"
#include "statistics/diebold_mariano.h"
#include "statistics/distributions.h"
#include "statistics/random_series.h"
#include "statistics/shift_test.h"

namespace moneta::statistics {
namespace {

using Values = std::vector<double>;

TEST(DependenceLags, AreAtLeastTheCubeRootAndAtMostHalf) {
  EXPECT_EQ(dependence_lags(0, 3), 1u);
  EXPECT_EQ(dependence_lags(27, 1), 3u);
  EXPECT_EQ(dependence_lags(28, 1), 4u);
  EXPECT_EQ(dependence_lags(1'000'000, 1), 100u);
  EXPECT_EQ(dependence_lags(1'000'001, 1), 101u);
  EXPECT_EQ(dependence_lags(1000, 12), 24u);
  EXPECT_EQ(dependence_lags(20, 12), 10u);
}

TEST(HacMean, IsTheDoubleSumOfWeightedProducts) {
  Values const x = mixed(random_series(80, 1), Values(80, 1), 0.2);
  constexpr std::size_t overlap = 3;
  double const lags = static_cast<double>(dependence_lags(80, overlap)), center = mean(x);
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    for (std::size_t j = 0; j < x.size(); ++j) {
      double const apart = std::abs(static_cast<double>(i) - static_cast<double>(j));
      sum += std::max(0.0, 1 - apart / (lags + 1)) * (x[i] - center) * (x[j] - center);
    }
  }
  MeanEstimate const got = hac_mean(x, overlap);
  EXPECT_NEAR(*got.error, std::sqrt(sum) / 80, 1e-14);
  EXPECT_NEAR(*got.t, center / *got.error, 1e-10);
}

TEST(HacMean, OfNothingAndOfAConstantHasNoError) {
  EXPECT_FALSE(hac_mean({}, 3).mean.has_value());
  MeanEstimate const constant = hac_mean(Values(50, 0.1), 3);
  EXPECT_NEAR(*constant.mean, 0.1, 1e-15);
  EXPECT_FALSE(constant.error || constant.t);
  EXPECT_FALSE(hac_mean(Values(50, 0.0), 3).error.has_value());
}

TEST(CorrelationT, IsUndefinedForAConstantAndForAPerfectForecast) {
  Values const y = random_series(50, 1);
  EXPECT_FALSE(correlation_t(y, Values(50, 0.1), 3).has_value());
  EXPECT_FALSE(correlation_t(y, y, 3).has_value());  // its influence is 0
}

TEST(DieboldMariano, OfEqualForecastsHasAGainOfZero) {
  Values const y = random_series(50, 1), p = random_series(50, 2);
  DieboldMariano const test = diebold_mariano(y, p, p, 3);
  EXPECT_EQ(test.gain, 0);
  EXPECT_FALSE(test.t || test.p);
}

TEST(DieboldMariano, IsAntisymmetric) {
  Values const y = random_series(200, 1), p = mixed(random_series(200, 2), y, 1), q(200);
  DieboldMariano const one = diebold_mariano(y, p, q, 3), other = diebold_mariano(y, q, p, 3);
  EXPECT_DOUBLE_EQ(*one.gain, -*other.gain);
  EXPECT_DOUBLE_EQ(*one.t, -*other.t);
  EXPECT_DOUBLE_EQ(*one.p, *other.p);
}

TEST(DieboldMariano, OfOneSampleAndOfTooManyAliveForecastsHasNoT) {
  EXPECT_FALSE(diebold_mariano(Values{1}, Values{2}, Values{3}, 3).t.has_value());
  EXPECT_FALSE(diebold_mariano({}, {}, {}, 3).gain.has_value());
  // n = 4 and H = 3: (4 + 1 - 6 + 6 / 4) / 4 > 0, but n = 2 and H = 2: (2 + 1 - 4 + 1) / 2 = 0.
  EXPECT_FALSE(diebold_mariano(Values{1, 2}, Values{1, 1}, Values{0, 3}, 2).t.has_value());
}

TEST(Distributions, HaveTheValuesOfTables) {
  EXPECT_NEAR(normal_cdf(1.959963984540054), 0.975, 1e-14);
  EXPECT_NEAR(normal_quantile(0.975), 1.959963984540054, 1e-12);
  EXPECT_NEAR(student_two_sided_p(1, 1), 0.5, 1e-14);                          // Cauchy
  EXPECT_NEAR(student_two_sided_p(-3, 2), 1 - 3 / std::sqrt(2 + 9.0), 1e-14);  // closed form
  EXPECT_EQ(student_two_sided_p(0, 5), 1);
  EXPECT_GT(student_two_sided_p(40, 1000), 0);  // small, but not lost to 1 - 1
}

TEST(Calibration, OfDoubledForecastsHasASlopeOfOneHalf) {
  Values const y = random_series(100, 1);
  Values p = y;
  for (double& each : p) each = 2 * each + 0.3;
  Calibration const line = calibration(y, p, 3);
  EXPECT_NEAR(*line.slope, 0.5, 1e-12);
  EXPECT_NEAR(*line.intercept, -0.15, 1e-12);
}

TEST(Calibration, TestsASlopeOfOne) {
  Values const p = random_series(400, 1);
  Values const good = mixed(random_series(400, 2), p, 1),
               large = mixed(random_series(400, 2), p, 0.2);
  EXPECT_GT(*calibration(good, p, 1).calibrated_p, 0.05);
  EXPECT_LT(*calibration(large, p, 1).calibrated_p, 1e-6);
}

TEST(Calibration, OfAConstantForecastIsUndefined) {
  Calibration const line = calibration(random_series(50, 1), Values(50, 0.1), 3);
  EXPECT_FALSE(line.slope || line.intercept || line.slope_error || line.calibrated_p);
}

TEST(QuantileTable, PutsEqualForecastsInOneBucket) {
  QuantileTable const table = quantile_table(Values{1e-4, 3e-4, 2e-4}, Values(3, 5e-4), 10);
  for (std::size_t b = 0; b < 10; ++b) {
    EXPECT_EQ(table.buckets[b].samples, b == 5 ? 3u : 0u);
    EXPECT_EQ(table.buckets[b].realized_bp.has_value(), b == 5);
  }
  EXPECT_NEAR(*table.buckets[5].realized_bp, 2, 1e-12);
  EXPECT_NEAR(*table.buckets[5].prediction_bp, 5, 1e-12);
  EXPECT_FALSE(table.monotonicity.has_value());
}

TEST(QuantileTable, OfNothingIsEmpty) {
  QuantileTable const table = quantile_table({}, {});
  EXPECT_EQ(table.buckets.size(), 10u);
  EXPECT_FALSE(table.monotonicity.has_value());
}

TEST(QuantileTable, IsMonotonicForAPerfectForecast) {
  Values const y = random_series(100, 1);
  QuantileTable const table = quantile_table(y, y);
  for (auto const& bucket : table.buckets) EXPECT_EQ(bucket.samples, 10u);
  EXPECT_DOUBLE_EQ(*table.monotonicity, 1);
}

TEST(ShiftTest, CountsRotationsWithAtLeastTheTrueCorrelation) {
  for (std::size_t const n : {40, 57, 130}) {
    Values const y = random_series(n, 1), p = mixed(random_series(n, 2), y, 0.1);
    std::size_t const edge = dependence_lags(n, 2);
    double const ic = *correlation(y, p);
    std::size_t at_least = 0, shifts = 0;
    for (std::size_t k = edge; k <= n - edge; ++k, ++shifts) {
      Values rotated = p;
      std::rotate(rotated.begin(), rotated.end() - static_cast<std::ptrdiff_t>(k), rotated.end());
      at_least += *correlation(y, rotated) >= ic ? 1 : 0;
    }
    ASSERT_GT(at_least, 0u);
    EXPECT_DOUBLE_EQ(*shift_test(y, p, 2),
                     static_cast<double>(1 + at_least) / static_cast<double>(1 + shifts));
  }
}

TEST(ShiftTest, IsUndefinedForAConstantOrFewRows) {
  Values const y = random_series(15, 1), p = random_series(15, 2);
  EXPECT_FALSE(shift_test(y, Values(15, 0.1), 1).has_value());
  EXPECT_TRUE(shift_test(y, p, 1).has_value());
  EXPECT_FALSE(shift_test(y, p, 2).has_value());  // 15 < 4 x 4
}

}  // namespace
}  // namespace moneta::statistics
