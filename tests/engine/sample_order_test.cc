// SPDX-License-Identifier: Apache-2.0
#include "engine/sample_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace moneta {
namespace {

TEST(SampleOrder, VisitsEverySampleOfTheRangeOnce) {
  auto order = sample_order(7, 3, {100, 350});
  EXPECT_FALSE(std::is_sorted(order.begin(), order.end()));
  std::sort(order.begin(), order.end());
  ASSERT_EQ(order.size(), 250u);
  for (std::size_t i = 0; i < order.size(); ++i) EXPECT_EQ(order[i], 100 + i);
}

TEST(SampleOrder, DependsOnKeyAndEpochOnly) {
  SampleRange const range{0, 50};
  EXPECT_EQ(sample_order(7, 3, range), sample_order(7, 3, range));
  EXPECT_NE(sample_order(7, 3, range), sample_order(7, 4, range));
  EXPECT_NE(sample_order(7, 3, range), sample_order(8, 3, range));
}

TEST(SampleOrder, GivesEveryPermutationTheSameProbability) {
  std::map<std::vector<std::size_t>, int> counts;
  int const epochs = 24'000;
  for (int epoch = 0; epoch < epochs; ++epoch) ++counts[sample_order(1, epoch, {0, 4})];
  ASSERT_EQ(counts.size(), 24u);
  for (auto const& [order, count] : counts) EXPECT_NEAR(count, 1000, 5 * std::sqrt(1000.0));
}

TEST(SampleOrder, OfAtMostOneSampleIsTrivial) {
  EXPECT_TRUE(sample_order(1, 1, {5, 5}).empty());
  EXPECT_EQ(sample_order(1, 1, {5, 6}), std::vector<std::size_t>{5});
}

}  // namespace
}  // namespace moneta
