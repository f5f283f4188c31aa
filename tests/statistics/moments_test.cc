// SPDX-License-Identifier: Apache-2.0
#include "statistics/moments.h"

#include <gtest/gtest.h>

#include <vector>

namespace moneta::statistics {
namespace {

using Values = std::vector<double>;

TEST(Moments, OfNoNumbersAreZero) {
  EXPECT_EQ(mean({}), 0);
  EXPECT_EQ(population_variance({}), 0);
  EXPECT_TRUE(is_constant({}));
  EXPECT_TRUE(ranks({}).empty());
  EXPECT_FALSE(median({}).has_value());
}

TEST(Moments, AreThoseOfTheNumbers) {
  Values const x{2, 4, 4, 4, 5, 5, 7, 9};
  EXPECT_DOUBLE_EQ(mean(x), 5);
  EXPECT_DOUBLE_EQ(population_variance(x), 4);
  EXPECT_DOUBLE_EQ(dot(x, x), 232);
}

TEST(Moments, OfLargeNumbersKeepTheirDigits) {
  EXPECT_DOUBLE_EQ(population_variance(Values{1e9 + 1, 1e9 + 2, 1e9 + 3}), 2.0 / 3);
}

TEST(Ranks, OfTiesShareTheirMean) {
  EXPECT_EQ(ranks(Values{3, 1, 3, 2, 3}), (Values{4, 1, 4, 2, 4}));
  EXPECT_EQ(ranks(Values{5, 5}), (Values{1.5, 1.5}));
}

TEST(TieGroups, AreNumberedInAscendingOrder) {
  TieGroups const groups = tie_groups(Values{3, 1, 3, 2, 3});
  EXPECT_EQ(groups.group, (std::vector<std::size_t>{2, 0, 2, 1, 2}));
  EXPECT_EQ(groups.count, 3u);
}

struct QuantileCase {
  char const* name;
  Values sorted;
  double share, expected;
};

class Quantile : public testing::TestWithParam<QuantileCase> {};

TEST_P(Quantile, InterpolatesLinearly) {
  EXPECT_DOUBLE_EQ(quantile_of_sorted(GetParam().sorted, GetParam().share), GetParam().expected);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, Quantile, testing::ValuesIn(std::vector<QuantileCase>{
    {"OfOneNumber",    {7},             0.9,  7},
    {"Lowest",         {1, 2, 4},       0,    1},
    {"Highest",        {1, 2, 4},       1,    4},
    {"OnANumber",      {1, 2, 4},       0.5,  2},
    {"NearTheLower",   {0, 10},         0.25, 2.5},
    {"NearTheHigher",  {0, 10},         0.75, 7.5},
    {"Between",        {1, 2, 3, 4},    0.5,  2.5},
    {"OfEqualNumbers", {3, 3, 3, 3, 3}, 0.37, 3},
}), [](auto const& each) { return each.param.name; });
// clang-format on

TEST(Median, IsInTheMiddleOrTheMeanOfTwo) {
  EXPECT_EQ(median(Values{9, 1, 5}), 5);
  EXPECT_EQ(median(Values{9, 1, 5, 3}), 4);
  EXPECT_EQ(median(Values{9}), 9);
}

TEST(Correlation, IsUndefinedForAConstant) {
  EXPECT_FALSE(correlation(Values{1, 2, 3}, Values{0.1, 0.1, 0.1}).has_value());
  EXPECT_FALSE(correlation(Values{1}, Values{2}).has_value());
  EXPECT_FALSE(correlation({}, {}).has_value());
}

TEST(Correlation, OfNumbersWhoseSquaresVanishIsUndefined) {
  EXPECT_FALSE(correlation(Values{0, 1e-200}, Values{0, 1}).has_value());
}

TEST(Correlation, IsOneForALine) {
  EXPECT_DOUBLE_EQ(*correlation(Values{1, 2, 4}, Values{-2, -4, -8}), -1);
  EXPECT_DOUBLE_EQ(*correlation(Values{1, 2, 4}, Values{3, 5, 9}), 1);
}

}  // namespace
}  // namespace moneta::statistics
