// SPDX-License-Identifier: Apache-2.0
// A team of ranks trains one coin and the device of one rank runs out of memory: all of them switch
// to a smaller plan.
#include <algorithm>

#include "support/expect_error.h"
#include "train/narrow_run.h"

#ifdef __SANITIZE_ADDRESS__
/// Open MPI never frees some of its memory.
extern "C" int __lsan_is_turned_off() { return 1; }
#endif

namespace moneta {
namespace {

class TeamOutOfMemory : public NarrowRun {
 protected:
  void SetUp() override {
    NarrowRun::SetUp();
    work_.team_size = session().size();
    work_.team_index = session().rank();
  }
  bool is_last() const { return work_.team_index + 1 == work_.team_size; }
};

TEST_F(TeamOutOfMemory, SelectsASmallerPlanOnAllRanksAndRepeatsTheUpdate) {
  Outcome const clean = run(datasets({"A", "B"}));
  budget_ = {};
  if (is_last()) run_out_at({.update = 1, .pass = HeadPass::hidden_backward}, 0.85, 2);
  Outcome const outcome = run(datasets({"A", "B"}));
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.count(Event::out_of_memory), 1u);
  ASSERT_FALSE(plans_.empty());
  EXPECT_EQ(plans_.back().micro_batch, 8u);
  if (session().rank() > 0) return;  // only rank 0 saves
  for (char const* const coin : {"A", "B"}) {
    EXPECT_EQ(read(outcome.last(coin)).params, read(clean.last(coin)).params) << coin;
  }
}

TEST_F(TeamOutOfMemory, TakesTheSmallerMicroBatchOnAllRanks) {
  if (is_last()) run_out_at({.pass = HeadPass::hidden_backward}, 0.78, 1);
  Outcome const outcome = run(datasets({"A"}), 32 / session().size());
  EXPECT_EQ(outcome.status, 0);
  std::size_t const micro_batch = plans_.back().micro_batch;
  EXPECT_LT(micro_batch, 32 / session().size());
  EXPECT_EQ(session().all_reduce_min(micro_batch), micro_batch);
  if (session().rank() == 0) {
    EXPECT_EQ(outcome.last("A").micro_batch, micro_batch);
  }
}

/// One member overlaps gradients of weights, and would validate in smaller batches than the other.
TEST_F(TeamOutOfMemory, GivesUpTheOverlapOfOneMemberAndAgreesOnTheEvaluationBatch) {
  Outcome const clean = run(datasets({"A"}));
  budget_ = {};
  if (is_last()) {
    memory_options_.overlap_weight_gradients = true;
    config_.device.batch = 8;
    run_out_at({.update = 1, .pass = HeadPass::hidden_backward}, 1.0, 2);
  }
  Outcome const outcome = run(datasets({"A"}));
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.count(Event::out_of_memory), 1u);
  EXPECT_FALSE(plans_.empty());
  EXPECT_EQ(plans_.back().micro_batch, 8u);
  EXPECT_EQ(plans_.back().evaluation_batch, 8u);
  EXPECT_EQ(plans_.back().memory_options, MemoryOptions{});
  if (session().rank() > 0) return;  // only rank 0 reports
  ASSERT_EQ(outcome.epochs.size(), clean.epochs.size());
  for (std::size_t i = 0; i < clean.epochs.size(); ++i) {
    EXPECT_NEAR(outcome.epochs[i].valid_loss, clean.epochs[i].valid_loss, 1e-6) << i;
  }
  EXPECT_EQ(read(outcome.last("A")).params, read(clean.last("A")).params);
}

/// Every member throws, and none before the root has saved.
TEST_F(TeamOutOfMemory, SavesTheCoinIfOneMemberHasNoSmallerPlan) {
  if (is_last()) {
    run_out_at({.update = 4, .pass = HeadPass::hidden_backward}, 0.85, 2);
    before_smaller_plan_ = [] { throw Error(ErrorKind::device, "the model does not fit"); };
  }
  expect_error(ErrorKind::device,
               is_last() ? "the model does not fit" : "another rank of the coin's team has no",
               [&] { run(datasets({"A"})); });
  if (session().rank() > 0) return;  // only rank 0 saves
  ASSERT_EQ(reported_.size(), 1u);
  EXPECT_EQ(reported_[0].epoch, 0);
  EXPECT_EQ(reported_[0].update_in_epoch, 4);
}

TEST_F(TeamOutOfMemory, LoadsACoinAgainOnAllRanksIfOneLacksMemoryForIt) {
  Outcome const clean = run(datasets({"A", "B"}));
  std::size_t const needed = budget_.peak;
  budget_ = {};
  before_loading_ = [&] {
    if (is_last()) budget_.total = static_cast<std::size_t>(0.88 * static_cast<double>(needed));
  };
  Outcome const outcome = run(datasets({"A", "B"}));
  EXPECT_EQ(outcome.status, 0);
  EXPECT_GE(outcome.count(Event::out_of_memory), 1u);
  EXPECT_EQ(plans_.back().micro_batch, 8u);
  EXPECT_EQ(session().all_reduce_min(plans_.size()), plans_.size());
  if (session().rank() > 0) return;  // only rank 0 saves
  for (char const* const coin : {"A", "B"}) {
    EXPECT_EQ(read(outcome.last(coin)).params, read(clean.last(coin)).params) << coin;
  }
}

/// Sums each part as soon as it is begun, as NCCL does, but waits for the other members at once. If
/// a member left out a part or began another one, the test would fail or hang.
class PartwiseAllReduce : public GradientAllReduce {
 public:
  explicit PartwiseAllReduce(Team& team) : team_(team) {}

  std::string description() const override { return "in parts"; }
  void sum(DeviceSpan<float>) override { FAIL() << "the sum is not begun in parts"; }
  void begin(DeviceSpan<float> values, std::size_t offset, std::size_t count) override {
    auto const parts = team_.all_gather(fmt::format("{} from {}", count, offset));
    ASSERT_EQ(std::count(parts.begin(), parts.end(), parts[0]), std::ssize(parts));
    team_.all_reduce_sum(std::span<float>(values.data() + offset, count));  // host memory
    summed_ += count;
  }
  void finish(DeviceSpan<float> values) override {
    EXPECT_EQ(std::exchange(summed_, 0), values.size());
  }

 private:
  Team& team_;
  std::size_t summed_ = 0;
};

class TeamSumInParts : public TeamOutOfMemory {
 protected:
  void SetUp() override {
    TeamOutOfMemory::SetUp();
    make_all_reduce_ = [](Team& team, Backend&, std::size_t) {
      return std::make_unique<PartwiseAllReduce>(team);
    };
  }
  /// Expects the parameters of a run that sums at once in host memory.
  void expect_parameters(Outcome const& outcome, Outcome const& at_once) const {
    if (session().rank() > 0) return;  // only rank 0 saves
    for (char const* const coin : {"A", "B"}) {
      EXPECT_EQ(read(outcome.last(coin)).params, read(at_once.last(coin)).params) << coin;
    }
  }
  Outcome run_at_once(std::size_t micro_batch) {
    auto const in_parts = std::exchange(make_all_reduce_, make_host_all_reduce);
    Outcome outcome = run(datasets({"A", "B"}), micro_batch);
    make_all_reduce_ = in_parts;
    budget_ = {};
    return outcome;
  }
};

/// A micro-batch of 32 sequences is a whole update: all members but the first have no work. With
/// 16, each of two members has one micro-batch; with 4, each of them has several.
TEST_F(TeamSumInParts, HasTheSameBitsForAnyNumberOfMicroBatches) {
  for (std::size_t const micro_batch : {32u, 16u, 4u}) {
    Outcome const at_once = run_at_once(micro_batch);
    Outcome const outcome = run(datasets({"A", "B"}), micro_batch);
    EXPECT_EQ(outcome.status, 0);
    expect_parameters(outcome, at_once);
  }
}

/// With micro-batches of 8, a member of two has 2 of them per update, with 2 backward passes each:
/// 3 is that of the lower layer in the last one, after the parts of the head and of the upper layer
/// have begun.
TEST_F(TeamSumInParts, ContinuesAfterAMemberRanOutOfMemoryBetweenParts) {
  Outcome const at_once = run_at_once(8);
  for (std::size_t const pass : {0u, 2u, 3u, 4u + 3u}) {
    if (is_last()) run_out_at_lstm_backward(pass, 0.85);
    Outcome const outcome = run(datasets({"A", "B"}));
    EXPECT_EQ(outcome.status, 0) << pass;
    EXPECT_EQ(outcome.count(Event::out_of_memory), 1u) << pass;
    ASSERT_FALSE(plans_.empty());
    EXPECT_EQ(plans_.back().micro_batch, 8u) << pass;
    expect_parameters(outcome, at_once);
    budget_ = {};
  }
}

/// NCCL is not even asked if one rank has no memory for the array with which it is tested.
TEST_F(TeamOutOfMemory, IsAnErrorOfAllRanksBeforeTheyConnectTheirGpus) {
  Team team(session(), work_);
  auto const backend = make_backend_();
  if (is_last()) budget_.total = 0;
  std::string const gpu = fmt::format("GPU-{}", session().rank());
  EXPECT_THROW(make_gradient_all_reduce(team, *backend, gpu, {{0, 1000}}), OutOfMemory);
}

}  // namespace
}  // namespace moneta
