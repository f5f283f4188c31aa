// SPDX-License-Identifier: Apache-2.0
#include "evaluate/metrics.h"

#include <gtest/gtest.h>

#include <ostream>
#include <vector>

#include "base/error.h"

namespace moneta {
namespace {

struct MetricsCase {
  char const* name;
  std::vector<float> target, prediction;
  double mse, naive_mse, r2, hit_rate, ic, rank_ic;

  friend void PrintTo(MetricsCase const& c, std::ostream* out) { *out << c.name; }
};

class ComputeMetrics : public testing::TestWithParam<MetricsCase> {};

TEST_P(ComputeMetrics, MatchesTheDefinitions) {
  auto const& expected = GetParam();
  Metrics const metrics = compute_metrics(expected.target, expected.prediction);
  EXPECT_EQ(metrics.samples, expected.target.size());
  EXPECT_NEAR(metrics.mse, expected.mse, 1e-9);
  EXPECT_NEAR(metrics.naive_mse, expected.naive_mse, 1e-9);
  EXPECT_NEAR(metrics.r2, expected.r2, 1e-9);
  EXPECT_NEAR(metrics.hit_rate, expected.hit_rate, 1e-9);
  EXPECT_NEAR(metrics.ic, expected.ic, 1e-9);
  EXPECT_NEAR(metrics.rank_ic, expected.rank_ic, 1e-9);
}

// Correlations computed by hand, and with pearsonr and spearmanr of scipy.stats.
// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, ComputeMetrics, testing::Values(
    MetricsCase{"Perfect",   {1, -2, 3},    {1, -2, 3},    0,     14.0 / 3, 1, 1, 1, 1},
    MetricsCase{"NaiveForecast",  {1, -2, 3},    {0, 0, 0},     14.0 / 3, 14.0 / 3, 0, 0, 0, 0},
    MetricsCase{"Opposite",  {1, -1},       {-1, 1},       4,     1,        -3, 0, -1, -1},
    MetricsCase{"TargetsOf0DoNotCountAsHitOrMiss", {0, 0, 2, -2}, {1, -1, 1, 1}, 3, 2, -0.5, 0.5, 0, 0},
    MetricsCase{"Monotone",  {1, 2, 3, 10}, {1, 2, 3, 4},  9,     28.5,     1 - 9 / 28.5, 1,
                0.8854377448471462, 1},
    MetricsCase{"TiesShareRanks", {1, 2, 2, 3}, {1, 2, 3, 4}, 0.5, 4.5, 1 - 0.5 / 4.5, 1,
                0.9486832980505138, 0.9486832980505138}),
    [](auto const& each) { return each.param.name; });
// clang-format on

TEST(ComputeMetricsErrors, RejectsEmptyAndUnequalLengths) {
  EXPECT_THROW(compute_metrics({}, {}), Error);
  std::vector<float> const one{1}, two{1, 2};
  EXPECT_THROW(compute_metrics(one, two), Error);
}

}  // namespace
}  // namespace moneta
