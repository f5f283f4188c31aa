// SPDX-License-Identifier: Apache-2.0
#include "statistics/point_metrics.h"

#include <gtest/gtest.h>

#include <vector>

namespace moneta::statistics {
namespace {

using Values = std::vector<double>;

struct MetricsCase {
  char const* name;
  Values y, p;
  std::optional<double> r2, hit_rate, ic, rank_ic;
};

class PointMetricsOf : public testing::TestWithParam<MetricsCase> {};

void expect_same(std::optional<double> got, std::optional<double> expected, char const* what) {
  ASSERT_EQ(got.has_value(), expected.has_value()) << what;
  if (got) {
    EXPECT_NEAR(*got, *expected, 1e-12) << what;
  }
}

TEST_P(PointMetricsOf, AreDefinedWhereTheyMeanSomething) {
  PointMetrics const got = point_metrics(GetParam().y, GetParam().p);
  EXPECT_EQ(got.samples, GetParam().y.size());
  expect_same(got.r2, GetParam().r2, "r2");
  expect_same(got.hit_rate, GetParam().hit_rate, "hit rate");
  expect_same(got.ic, GetParam().ic, "ic");
  expect_same(got.rank_ic, GetParam().rank_ic, "rank ic");
}

std::optional<double> const none = std::nullopt;

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, PointMetricsOf, testing::ValuesIn(std::vector<MetricsCase>{
    {"NoSamples",        {},              {},              none, none,  none, none},
    {"OneSample",        {0.2},           {0.1},           0.75, 1.0,   none, none},
    {"OneUnmovedSample", {0},             {0.1},           none, none,  none, none},
    {"AllZeroTargets",   {0, 0, 0},       {1, 2, 3},       none, none,  none, none},
    {"ConstantForecast", {1, -1, 1, -1},  {1, 1, 1, 1},    -1.0, 0.5,   none, none},
    {"AllZeroForecasts", {1, -1, 2},      {0, 0, 0},       0.0,  0.0,   none, none},
    {"Perfect",          {1, -2, 3},      {1, -2, 3},      1.0,  1.0,   1.0,  1.0},
    {"Opposite",         {1, -1},         {-1, 1},         -3.0, 0.0,   -1.0, -1.0},
    {"Ties",             {1, 1, -1, -1},  {2, 2, -2, -2},  0.0,  1.0,   1.0,  1.0},
    {"ZeroIsNoHit",      {1, -1, 0, 2},   {0, -1, 1, 2},   1 - 2.0 / 6, 2.0 / 3, 0.8, 0.8},
}), [](auto const& each) { return each.param.name; });
// clang-format on

TEST(SkillOver, ComparesSquaredErrors) {
  EXPECT_DOUBLE_EQ(*skill_over(Values{1, 2}, Values{1, 1}, Values{0, 0}), 0.8);
  EXPECT_DOUBLE_EQ(*skill_over(Values{1, 2}, Values{0, 0}, Values{1, 1}), -4);
}

TEST(SkillOver, IsUndefinedAgainstAPerfectBaseline) {
  EXPECT_FALSE(skill_over(Values{1, 2}, Values{1, 1}, Values{1, 2}).has_value());
}

TEST(CommonerSign, IgnoresZeros) {
  EXPECT_DOUBLE_EQ(*commoner_sign(Values{1, 2, -1, 0}), 2.0 / 3);
  EXPECT_DOUBLE_EQ(*commoner_sign(Values{-1, -2, 1}), 2.0 / 3);
  EXPECT_FALSE(commoner_sign(Values{0, 0}).has_value());
}

TEST(IcBeyond, IsThatOfTheResiduals) {
  // y = q + e, p = q - e with e orthogonal to q: what q leaves is opposite.
  Values const q{1, -1, 1, -1}, e{1, 1, -1, -1};
  Values y(4), p(4);
  for (std::size_t i = 0; i < 4; ++i) {
    y[i] = q[i] + 0.1 * e[i];
    p[i] = q[i] - 0.1 * e[i];
  }
  EXPECT_GT(*correlation(y, p), 0.9);
  EXPECT_NEAR(*ic_beyond(y, p, q), -1, 1e-12);
}

TEST(IcBeyond, AConstantBaselineIsTheIc) {
  Values const y{1, 2, -1, 3}, p{1, 1, 0, 2};
  EXPECT_DOUBLE_EQ(*ic_beyond(y, p, Values(4, 0.1)), *correlation(y, p));
}

TEST(IcBeyond, IsUndefinedForALinearFunctionOfTheBaseline) {
  Values const y{1, 2, -1, 3}, q{0.3, 0.7, -0.1, 0.9};
  Values p = q;
  for (double& each : p) each = 3 * each + 0.1;
  EXPECT_FALSE(ic_beyond(y, p, q).has_value());
  EXPECT_FALSE(ic_beyond(y, Values(4, 0.1), q).has_value());
  EXPECT_FALSE(ic_beyond(Values(4, 0.1), y, q).has_value());
}

}  // namespace
}  // namespace moneta::statistics
