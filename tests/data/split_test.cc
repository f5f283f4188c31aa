// SPDX-License-Identifier: Apache-2.0
#include "data/split.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/shape.h"
#include "support/expect_error.h"

namespace moneta {
namespace {

DataConfig small_data() {
  DataConfig data;
  data.timeframes = {{"1m", 1, 16}, {"5m", 5, 6}, {"15m", 15, 4}};
  return data;
}

/// A sample every five minutes, with a hole of ten hours.
std::vector<std::int64_t> sample_times(std::size_t count) {
  std::vector<std::int64_t> times;
  for (std::size_t i = 0; i < count; ++i) {
    times.push_back(1'738'108'800 + static_cast<std::int64_t>(i + (i > count / 3 ? 120 : 0)) * 300);
  }
  return times;
}

/// First and last time that a sample depends on: the start of its earliest bar, and its target.
std::int64_t first_seen(std::int64_t t, DataConfig const& data) {
  std::int64_t first = t;
  for (auto const& frame : data.timeframes) {
    auto const length = frame.minutes * 60;
    first = std::min(first, t / length * length - static_cast<std::int64_t>(frame.steps) * length);
  }
  return first;
}
std::int64_t last_seen(std::int64_t t, DataConfig const& data) {
  return t + data.horizon_minutes * 60;
}

class SplitByTime : public testing::TestWithParam<std::size_t> {};

TEST_P(SplitByTime, LeavesAGapSoThatNoBarIsSeenByTwoParts) {
  auto const data = small_data();
  auto const times = sample_times(GetParam());
  auto const split = split_by_time(times, data);
  EXPECT_EQ(split.train.begin, 0u);
  EXPECT_EQ(split.test.end, times.size());
  EXPECT_EQ(split.valid.begin, std::lround(0.7 * static_cast<double>(times.size())));
  EXPECT_EQ(split.test.begin, std::lround(0.85 * static_cast<double>(times.size())));
  for (auto const& [earlier, later] :
       {std::pair{split.train, split.valid}, {split.valid, split.test}}) {
    ASSERT_GT(earlier.size(), 0u);
    ASSERT_LT(earlier.end, later.begin);
    EXPECT_LE(last_seen(times[earlier.end - 1], data), first_seen(times[later.begin], data));
    // No more samples are lost than that: the next one is closer than the gap.
    EXPECT_GT(times[earlier.end] + split_gap_s(data), times[later.begin]);
  }
}

INSTANTIATE_TEST_SUITE_P(Samples, SplitByTime, testing::Values(200, 333, 1000, 54'321),
                         [](auto const& each) { return "Of" + std::to_string(each.param); });

TEST(SplitGap, IsTheLongestWindowAndTheHorizon) {
  auto data = small_data();
  EXPECT_EQ(split_gap_s(data), (4 * 15 + 14 + 15) * 60);
  data.timeframes = {{"1m", 1, 240}, {"5m", 5, 6}};
  EXPECT_EQ(split_gap_s(data), (240 + 15) * 60);
}

TEST(SplitErrors, ReportAnEmptyPart) {
  auto const data = small_data();
  for (std::size_t const count : {0, 1, 10, 60}) {
    expect_error(ErrorKind::data,
                 std::to_string(count) + " samples cannot be split (train would get ",
                 [&] { split_by_time(sample_times(count), data); });
  }
  expect_error(ErrorKind::data,
               "the horizon, 89 minutes, is taken from train and from valid). Prepare more",
               [&] { split_by_time(sample_times(10), data); });
}

/// Rows [S,F] that differ in everything, and their mean and deviation in long double.
struct Table {
  std::vector<float> rows;
  explicit Table(std::size_t samples, float offset = 0) {
    for (std::size_t i = 0; i < samples * feature_count; ++i) {
      rows.push_back(offset + std::sin(static_cast<float>(i * i % 1013)));
    }
  }
};

TEST(Scaler, IsMeanAndDeviationOfTheTrainRows) {
  Table const table(500, 7);
  std::vector<float> target(table.rows.begin(), table.rows.begin() + 500);
  SampleRange const train{0, 350};
  auto const scaler = fit_scaler({table.rows, table.rows}, target, train);
  ASSERT_EQ(scaler.mean.size(), 2u);
  EXPECT_EQ(scaler.mean[0], scaler.mean[1]);
  for (std::size_t f = 0; f < feature_count; ++f) {
    long double sum = 0, squares = 0;
    for (std::size_t i = 0; i < 350; ++i) sum += table.rows[i * feature_count + f];
    long double const mean = sum / 350;
    for (std::size_t i = 0; i < 350; ++i) {
      squares +=
          (table.rows[i * feature_count + f] - mean) * (table.rows[i * feature_count + f] - mean);
    }
    EXPECT_FLOAT_EQ(scaler.mean[0][f], static_cast<float>(mean));
    EXPECT_FLOAT_EQ(scaler.stddev[0][f], static_cast<float>(std::sqrt(squares / 350)));
  }
}

TEST(Scaler, DoesNotDependOnTheRowsOfValidAndTest) {
  Table table(500);
  std::vector<float> target(table.rows.begin(), table.rows.begin() + 500);
  SampleRange const train{0, 350};
  auto const before = fit_scaler({table.rows}, target, train);
  for (std::size_t i = 350 * feature_count; i < table.rows.size(); ++i) table.rows[i] = 1e6f;
  for (std::size_t i = 350; i < 500; ++i) target[i] = std::numeric_limits<float>::quiet_NaN();
  auto const after = fit_scaler({table.rows}, target, train);
  EXPECT_EQ(before.mean, after.mean);
  EXPECT_EQ(before.stddev, after.stddev);
  EXPECT_EQ(before.target_stddev, after.target_stddev);
  table.rows[350 * feature_count - 1] += 1;  // the last train row counts
  EXPECT_NE(fit_scaler({table.rows}, target, train).mean, before.mean);
}

TEST(Scaler, DividesAFeatureThatDoesNotVaryByOne) {
  std::vector<float> const rows(100 * feature_count, 0.1f);
  std::vector<float> target(100, 0);
  target[3] = 1;
  auto const scaler = fit_scaler({rows}, target, {0, 100});
  EXPECT_EQ(scaler.stddev[0], std::vector<float>(feature_count, 1.0f));
  EXPECT_EQ(scaler.mean[0], std::vector<float>(feature_count, 0.1f));
}

TEST(Scaler, TakesTheTargetsDeviationAboutItsMean) {
  std::vector<float> const rows(4 * feature_count, 0.0f);
  std::vector<float> const target = {1, 3, 1, 3};
  EXPECT_EQ(fit_scaler({rows}, target, {0, 4}).target_stddev, 1.0f);
}

TEST(ScalerErrors, ReportATargetThatDoesNotVary) {
  std::vector<float> const rows(100 * feature_count, 0.1f), target(100, 1e-3f);
  expect_error(ErrorKind::data,
               "the target is the same in all 70 train samples (the price never moves", [&] {
                 fit_scaler({rows}, target, {0, 70});
               });
}

}  // namespace
}  // namespace moneta
