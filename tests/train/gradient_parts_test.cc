// SPDX-License-Identifier: Apache-2.0
// The gradient of an update is summed over the team in parts: each part begins as soon as it is
// complete, and all parts begin in the same order in every update, even in one that fails.
#include <gtest/gtest.h>

#include "model/gradient_parts.h"
#include "train/narrow_run.h"

namespace moneta {
namespace {

/// What an update did with the all-reduce.
struct RecordedUpdate {
  std::vector<GradientPart> parts;
  std::vector<std::size_t> begun_after;  ///< backward passes of LSTM layers in the whole run
  bool complete = true;                  ///< no part changed after it was begun
};

/// Stands in for a team whose other members contribute zeros.
class RecordedAllReduce : public GradientAllReduce {
 public:
  RecordedAllReduce(std::vector<RecordedUpdate>& record, std::size_t const& passes)
      : record_(record), passes_(passes) {}

  std::string description() const override { return "recorded"; }
  void sum(DeviceSpan<float>) override { FAIL() << "the sum is not begun in parts"; }
  void begin(DeviceSpan<float> values, std::size_t offset, std::size_t count) override {
    now_.parts.push_back({offset, count});
    now_.begun_after.push_back(passes_);
    float const* const first = values.data() + offset;  // a CPU computes in host memory
    contents_.emplace_back(first, first + count);
  }
  void finish(DeviceSpan<float> values) override {
    for (std::size_t i = 0; i < contents_.size(); ++i) {
      now_.complete &= std::equal(contents_[i].begin(), contents_[i].end(),
                                  values.data() + now_.parts[i].offset);
    }
    record_.push_back(std::exchange(now_, {}));
    contents_.clear();
  }

 private:
  std::vector<RecordedUpdate>& record_;
  std::size_t const& passes_;
  RecordedUpdate now_;
  std::vector<std::vector<float>> contents_;
};

class SumInParts : public NarrowRun {
 public:
  static constexpr std::size_t updates = 16;         // of two epochs
  static constexpr std::size_t backward_passes = 8;  // of LSTM layers: 4 micro-batches, 2 layers

 protected:
  void SetUp() override {
    NarrowRun::SetUp();
    make_all_reduce_ = [this](Team&, Backend&, std::size_t) {
      return std::make_unique<RecordedAllReduce>(record_, passes_);
    };
    before_lstm_backward_ = [this](std::size_t) { ++passes_; };
  }
  std::vector<GradientPart> parts() const {
    return gradient_parts(forecaster_shape(config_, Precision::f32, 1, ModelUse::training));
  }

  std::vector<RecordedUpdate> record_;
  std::size_t passes_ = 0;
};

TEST_F(SumInParts, BeginsEachPartInTheLastMicroBatchWhenItIsComplete) {
  Outcome const outcome = run(datasets({"A"}));
  EXPECT_EQ(outcome.status, 0);
  ASSERT_EQ(record_.size(), updates);
  for (std::size_t i = 0; i < updates; ++i) {
    EXPECT_EQ(record_[i].parts, parts()) << i;
    EXPECT_TRUE(record_[i].complete) << i;
    // The head before the backward passes of the last micro-batch, then each layer after its own.
    std::size_t const end = (i + 1) * backward_passes;
    EXPECT_EQ(record_[i].begun_after, (std::vector<std::size_t>{end - 2, end - 1, end})) << i;
  }
}

/// Persistent kernels must not run next to those of the sum.
TEST_F(SumInParts, BeginsNoPartBeforeTheLastBackwardPassOfPersistentLayers) {
  for (LstmAlgorithms const algorithms :
       {LstmAlgorithms{LstmAlgorithm::persistent, LstmAlgorithm::standard},
        LstmAlgorithms{LstmAlgorithm::standard, LstmAlgorithm::persistent}}) {
    record_.clear();
    passes_ = 0;
    algorithms_ = algorithms;
    Outcome const outcome = run(datasets({"A"}));
    EXPECT_EQ(outcome.status, 0);
    ASSERT_EQ(record_.size(), updates);
    for (std::size_t i = 0; i < updates; ++i) {
      EXPECT_EQ(record_[i].parts, parts()) << i;
      std::size_t const end = (i + 1) * backward_passes;
      EXPECT_EQ(record_[i].begun_after, std::vector<std::size_t>(parts().size(), end)) << i;
    }
  }
}

TEST_F(SumInParts, ChangesNoResult) {
  Outcome const in_parts = run(datasets({"A", "B"}));
  make_all_reduce_ = make_host_all_reduce;
  Outcome const at_once = run(datasets({"A", "B"}));
  for (char const* const coin : {"A", "B"}) {
    EXPECT_EQ(in_parts.last(coin).sha256, at_once.last(coin).sha256) << coin;
  }
}

struct FailingPassCase {
  char const* name;
  std::size_t pass;  ///< backward pass of an LSTM layer
  friend void PrintTo(FailingPassCase const& each, std::ostream* out) { *out << each.name; }
};

class FailingPass : public SumInParts, public testing::WithParamInterface<FailingPassCase> {
 public:
  static std::vector<FailingPassCase> cases() {
    return {{"FirstMicroBatch", 0},
            {"LastMicroBatchAfterTheHead", backward_passes - 2},
            {"LastMicroBatchAfterALayer", backward_passes - 1},
            {"LaterUpdateAfterALayer", 5 * backward_passes - 1}};
  }
};

TEST_P(FailingPass, BeginsAllPartsAndRepeatsTheUpdate) {
  Outcome const clean = run(datasets({"A", "B"}));
  budget_ = {};
  record_.clear();
  run_out_at_lstm_backward(GetParam().pass, 0.85);
  Outcome const outcome = run(datasets({"A", "B"}));
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.count(Event::out_of_memory), 1u);
  EXPECT_EQ(record_.size(), 2 * updates + 1) << "one of them is repeated";
  for (RecordedUpdate const& update : record_) EXPECT_EQ(update.parts, parts());
  for (char const* const coin : {"A", "B"}) {
    EXPECT_EQ(read(outcome.last(coin)).params, read(clean.last(coin)).params) << coin;
  }
}

INSTANTIATE_TEST_SUITE_P(Table, FailingPass, testing::ValuesIn(FailingPass::cases()),
                         [](auto const& each) { return each.param.name; });

}  // namespace
}  // namespace moneta
