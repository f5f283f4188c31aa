// SPDX-License-Identifier: Apache-2.0
#include "optim/schedule.h"

#include <gtest/gtest.h>

#include "support/expect_error.h"

namespace moneta {
namespace {

TrainConfig train_of(char const* name, std::size_t epochs, double warmup_epochs) {
  TrainConfig train;
  train.epochs = epochs;
  train.optimizer.learning_rate = 0.5;
  train.schedule = {name, warmup_epochs, 0.1};
  return train;
}

struct RateCase {
  char const* name;
  char const* schedule;
  std::size_t epochs;
  double warmup_epochs;
  std::int64_t updates_per_epoch, update;
  double rate;

  friend void PrintTo(RateCase const& given, std::ostream* out) { *out << given.name; }
};

class LearningRate : public testing::TestWithParam<RateCase> {};

TEST_P(LearningRate, FollowsTheSchedule) {
  RateCase const& given = GetParam();
  TrainConfig const train = train_of(given.schedule, given.epochs, given.warmup_epochs);
  EXPECT_NEAR(learning_rate_at(train, given.updates_per_epoch, given.update), given.rate, 1e-12);
}

// 0.05 + 0.45 * (1 + cos(pi * progress)) / 2; cos(pi / 4) = 0.70710678...
// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, LearningRate, testing::Values(
    RateCase{"FirstOfWarmup",          "cosine",   3, 1,   4, 0,  0.125},
    RateCase{"LastOfWarmup",           "cosine",   3, 1,   4, 3,  0.5},
    RateCase{"FirstOfCosine",          "cosine",   3, 1,   4, 4,  0.5},
    RateCase{"QuarterOfCosine",        "cosine",   3, 0,   3, 2,  0.434099025766973},
    RateCase{"HalfOfCosine",           "cosine",   3, 0,   3, 4,  0.275},
    RateCase{"Last",                   "cosine",   3, 1,   4, 11, 0.05},
    RateCase{"BeyondTheLast",          "cosine",   3, 1,   4, 99, 0.05},
    RateCase{"NoWarmup",               "cosine",   3, 0,   4, 0,  0.5},
    RateCase{"HalfAnEpochOfWarmup",    "cosine",   3, 0.5, 4, 0,  0.25},
    RateCase{"WarmupIsRounded",        "cosine",   9, 0.5, 3, 0,  0.25},
    RateCase{"OneUpdateInAll",         "cosine",   1, 0,   1, 0,  0.5},
    RateCase{"WarmupButOne",           "cosine",   2, 0.5, 1, 1,  0.5},
    RateCase{"WarmupLongerThanTheRun", "cosine",   1, 2,   4, 3,  0.25},
    RateCase{"ConstantWarmup",         "constant", 3, 1,   4, 1,  0.25},
    RateCase{"ConstantAfterWarmup",    "constant", 3, 1,   4, 4,  0.5},
    RateCase{"ConstantAtTheEnd",       "constant", 3, 1,   4, 11, 0.5}),
    [](auto const& each) { return each.param.name; });
// clang-format on

TEST(LearningRate, RisesInWarmupAndFallsAfterIt) {
  TrainConfig const train = train_of("cosine", 10, 1.5);
  for (std::int64_t update = 1; update < 70; ++update) {
    double const before = learning_rate_at(train, 7, update - 1);
    double const now = learning_rate_at(train, 7, update);
    if (update < 11) {  // round(1.5 * 7) = 11 updates
      EXPECT_GT(now, before) << update;
    } else if (update > 11) {
      EXPECT_LT(now, before) << update;
    }
  }
}

TEST(LearningRateErrors, NamesAnUnknownSchedule) {
  expect_error(ErrorKind::config, "train.schedule.name is 'linear'",
               [] { learning_rate_at(train_of("linear", 3, 1), 4, 0); });
}

TEST(LearningRateErrors, RefusesImpossibleUpdateNumbers) {
  TrainConfig const train = train_of("cosine", 3, 1);
  expect_error(ErrorKind::internal, "0 updates per epoch", [&] { learning_rate_at(train, 0, 0); });
  expect_error(ErrorKind::internal, "update -1", [&] { learning_rate_at(train, 4, -1); });
}

}  // namespace
}  // namespace moneta
