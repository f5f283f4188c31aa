// SPDX-License-Identifier: Apache-2.0
#include "engine/team_gradient_sum.h"

#include <gtest/gtest.h>

#include <array>

#include "support/expect_error.h"

namespace moneta {
namespace {

/// Records its parts, and fails at one of them.
class RecordedAllReduce : public GradientAllReduce {
 public:
  std::vector<GradientPart> parts;
  std::size_t finished = 0;
  std::size_t abandoned = 0;
  std::size_t no_memory_at = 100;  ///< number of the part, or of `finish` after the last one

  std::string description() const override { return "recorded"; }
  void sum(DeviceSpan<float>) override { FAIL() << "the sum is not begun in parts"; }
  void begin(DeviceSpan<float> values, std::size_t offset, std::size_t count) override {
    EXPECT_EQ(values.size(), 10u);
    if (parts.size() == no_memory_at) throw OutOfMemory("no memory for 5 bytes.");
    parts.push_back({offset, count});
  }
  void finish(DeviceSpan<float> values) override {
    EXPECT_EQ(values.size(), 10u);
    if (parts.size() == no_memory_at) throw OutOfMemory("no memory for 5 bytes.");
    ++finished;
  }
  void abandon() noexcept override { ++abandoned; }
};

class GradientSum : public testing::Test {
 protected:
  std::vector<GradientPart> const parts_{{7, 3}, {4, 3}, {0, 4}};
  std::array<float, 10> values_{};
  RecordedAllReduce all_reduce_;
  TeamGradientSum sum_{all_reduce_, {values_.data(), values_.size()}, parts_};
};

TEST_F(GradientSum, BeginsThePartsThatAreLeftWhenItIsFinished) {
  for (std::size_t own = 0; own <= parts_.size(); ++own) {
    all_reduce_.parts.clear();
    TeamGradientSum sum(all_reduce_, {values_.data(), values_.size()}, parts_);
    for (std::size_t i = 0; i < own; ++i) sum.begin(parts_[i]);
    EXPECT_EQ(all_reduce_.parts.size(), own);
    sum.finish();
    EXPECT_EQ(all_reduce_.parts, parts_) << own;
    EXPECT_EQ(all_reduce_.finished, own + 1);
  }
}

TEST_F(GradientSum, RefusesAnotherOrder) {
  expect_error(ErrorKind::internal, "part 0 of a gradient is [4, 7)",
               [&] { sum_.begin(parts_[1]); });
  sum_.begin(parts_[0]);
  expect_error(ErrorKind::internal, "part 1 of a gradient is [7, 10)",
               [&] { sum_.begin(parts_[0]); });
  sum_.finish();
  expect_error(ErrorKind::internal, "part 3 of a gradient is [0, 4)",
               [&] { sum_.begin(parts_[2]); });
}

/// Otherwise the device would wait for the other members before its memory can be freed.
TEST_F(GradientSum, GivesUpPartsThatAreNotFinished) {
  {
    TeamGradientSum const untouched(all_reduce_, {values_.data(), values_.size()}, parts_);
    TeamGradientSum finished(all_reduce_, {values_.data(), values_.size()}, parts_);
    finished.begin(parts_[0]);
    finished.finish();
  }
  EXPECT_EQ(all_reduce_.abandoned, 0u);
  all_reduce_.parts.clear();
  try {
    TeamGradientSum sum(all_reduce_, {values_.data(), values_.size()}, parts_);
    sum.begin(parts_[0]);
    throw Error(ErrorKind::device, "a kernel failed");
  } catch (Error const&) {
    EXPECT_EQ(all_reduce_.abandoned, 1u);
  }
  for (std::size_t const at : {0u, 3u}) {  // a part, and `finish`
    all_reduce_.parts.clear();
    all_reduce_.no_memory_at = at;
    all_reduce_.abandoned = 0;
    {
      TeamGradientSum sum(all_reduce_, {values_.data(), values_.size()}, parts_);
      EXPECT_THROW(sum.finish(), Error);
    }
    EXPECT_EQ(all_reduce_.abandoned, 1u) << at;
  }
}

/// A member that started again with a smaller plan would leave the others waiting.
TEST_F(GradientSum, CannotBeRepeatedAfterItsOwnShortageOfMemory) {
  for (std::size_t const at : {0u, 2u, 3u}) {
    all_reduce_.parts.clear();
    all_reduce_.no_memory_at = at;
    TeamGradientSum sum(all_reduce_, {values_.data(), values_.size()}, parts_);
    try {
      sum.finish();
      ADD_FAILURE() << "nothing was thrown";
    } catch (OutOfMemory const&) {
      ADD_FAILURE() << "OutOfMemory means that the work can be repeated";
    } catch (Error const& error) {
      EXPECT_EQ(error.kind(), ErrorKind::device);
      EXPECT_TRUE(std::string(error.what())
                      .starts_with("the gradients of the team cannot be summed: no memory for 5"))
          << error.what();
    }
  }
}

}  // namespace
}  // namespace moneta
