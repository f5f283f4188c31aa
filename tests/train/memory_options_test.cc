// SPDX-License-Identifier: Apache-2.0
// Memory options do not change the results, on a device that copies as late as it may. And training
// continues when a device has less memory than planned.
#include <gtest/gtest.h>

#include <cmath>

#include "backend/gpus.h"
#include "base/error.h"
#include "narrow_run.h"
#include "support/cuda_environment.h"

namespace moneta {
namespace {

struct MemoryOptionsCase {
  std::string name;  ///< <device>_<memory options>
  bool on_gpu;
  MemoryOptions memory_options;
  friend void PrintTo(MemoryOptionsCase const& each, std::ostream* out) { *out << each.name; }
};

class EachMemoryOption : public NarrowRun, public testing::WithParamInterface<MemoryOptionsCase> {
 protected:
  void SetUp() override {
    NarrowRun::SetUp();
    if (GetParam().on_gpu) make_backend_ = [] { return make_cuda_backend(0); };
  }
};

TEST_P(EachMemoryOption, ChangesMemoryUseAndNoResult) {
  Outcome const kept = run(datasets({"A", "B", "C"}));
  std::size_t const kept_bytes = budget_.peak;
  memory_options_ = GetParam().memory_options;
  budget_ = {};
  Outcome const other = run(datasets({"A", "B", "C"}));
  EXPECT_EQ(other.status, 0);
  MemoryOptions saving = memory_options_;
  saving.overlap_weight_gradients = false;
  if (!GetParam().on_gpu && !(saving == MemoryOptions{})) {
    EXPECT_LT(budget_.peak, kept_bytes);
  }
  for (char const* const coin : {"A", "B", "C"}) {
    CoinState const one = read(kept.last(coin)), same = read(other.last(coin));
    EXPECT_EQ(one.params, same.params) << coin;
    EXPECT_EQ(one.m, same.m) << coin;
    EXPECT_EQ(one.v, same.v) << coin;
    EXPECT_NEAR(one.header.progress.valid_loss, same.header.progress.valid_loss, 1e-6) << coin;
    if (memory_options_.share_model) continue;  // the validation loss is rounded differently
    EXPECT_EQ(kept.last(coin).sha256, other.last(coin).sha256) << coin;
  }
}

TEST_P(EachMemoryOption, ResumesToTheSameBytesAfterAStop) {
  memory_options_ = GetParam().memory_options;
  Outcome const straight = run(datasets({"A", "B"}));
  for (std::int64_t const updates : {3, 20}) {
    Outcome const stopped = run(datasets({"A", "B"}), 8, {}, updates);
    std::vector<CoinState> states{read(stopped.last("A"))};
    if (!stopped.last("B").file.empty()) states.push_back(read(stopped.last("B")));
    Outcome const resumed = run(datasets({"A", "B"}), 8, states);
    EXPECT_EQ(resumed.last("A").sha256, straight.last("A").sha256) << updates;
    EXPECT_EQ(resumed.last("B").sha256, straight.last("B").sha256) << updates;
  }
}

/// On a CPU backend that copies late, and on the GPU if there is one.
std::vector<MemoryOptionsCase> memory_options_cases() {
  std::vector<std::pair<char const*, MemoryOptions>> const table = {
      {"kept", {}},
      {"layers", {.recompute = {.layers = true}}},
      {"offload", {.offload_inactive = true}},
      {"one_model", {.share_model = true}},
      {"moments", {.offload_optimizer = true}},
      {"overlap", {.overlap_weight_gradients = true}},
      {"offload_moments", {.offload_inactive = true, .offload_optimizer = true}},
      {"all",
       {.recompute = {.layers = true},
        .offload_inactive = true,
        .share_model = true,
        .offload_optimizer = true}}};
  std::vector<MemoryOptionsCase> cases;
  for (bool const on_gpu : {false, true}) {
    if (on_gpu && count_gpus().count == 0) continue;
    for (auto const& [name, memory_options] : table) {
      cases.push_back(
          {fmt::format("{}{}", on_gpu ? "Cuda_" : "Late_", name), on_gpu, memory_options});
    }
  }
  return cases;
}
INSTANTIATE_TEST_SUITE_P(Table, EachMemoryOption, testing::ValuesIn(memory_options_cases()),
                         [](auto const& each) { return each.param.name; });

struct RunOutCase {
  char const* name;
  RunPoint point;
  friend void PrintTo(RunOutCase const& each, std::ostream* out) { *out << each.name; }
};

class OutOfMemoryAt : public NarrowRun, public testing::WithParamInterface<RunOutCase> {};

TEST_P(OutOfMemoryAt, AnyPointSelectsASmallerPlanAndRepeatsTheUpdate) {
  Outcome const clean = run(datasets({"A", "B"}));
  budget_ = {};
  run_out_at(GetParam().point, 0.85);
  Outcome const outcome = run(datasets({"A", "B"}));
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.count(Event::out_of_memory), 1u);
  ASSERT_FALSE(plans_.empty());
  EXPECT_EQ(plans_.back().micro_batch, 8u) << "memory options are sufficient";
  EXPECT_FALSE(plans_.back().memory_options == MemoryOptions{});
  for (char const* const coin : {"A", "B"}) {
    EXPECT_EQ(read(outcome.last(coin)).params, read(clean.last(coin)).params) << coin;
    EXPECT_EQ(outcome.last(coin).epoch, 2) << coin;
  }
  EXPECT_EQ(outcome.epochs.size(), 4u);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, OutOfMemoryAt, testing::ValuesIn(std::vector<RunOutCase>{
    {"FirstForward",  {}},
    {"FirstBackward", {.pass = HeadPass::output_backward}},
    {"MidUpdate",     {.batch = 2, .pass = HeadPass::output_forward}},
    {"MidEpoch",      {.update = 4, .batch = 1, .pass = HeadPass::output_backward}},
    {"Validation",    {.update = RunPoint::validation, .batch = 1}},
    {"OtherCoin",     {.epoch = 1, .update = 4}},
    {"LastUpdate",    {.epoch = 3, .update = 7, .batch = 2, .pass = HeadPass::output_backward}},
}), [](auto const& each) { return each.param.name; });
// clang-format on

TEST_F(NarrowRun, TakesASmallerMicroBatchIfMemoryOptionsAreNotSufficient) {
  Outcome const clean = run(datasets({"A"}), 32);
  budget_ = {};
  run_out_at({.update = 1, .pass = HeadPass::output_forward}, 0.60, 1);
  Outcome const outcome = run(datasets({"A"}), 32);
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.count(Event::out_of_memory), 1u);
  EXPECT_LT(plans_.back().micro_batch, 32u);
  EXPECT_EQ(outcome.last("A").micro_batch, plans_.back().micro_batch);
  EXPECT_LT(distance(outcome.last("A"), clean.last("A")), 2e-4);
  EXPECT_LE(budget_.used, budget_.total);
}

TEST_F(NarrowRun, ReportsTheRecoveryInOneEvent) {
  run_out_at({.update = 2, .batch = 2}, 0.85);
  Outcome const outcome = run(datasets({"A", "B"}));
  auto const event =
      std::find_if(outcome.events.begin(), outcome.events.end(),
                   [](EventRecord const& each) { return each.event == Event::out_of_memory; });
  ASSERT_NE(event, outcome.events.end());
  EXPECT_EQ(event->severity, Severity::warning);
  EXPECT_EQ(event->coin, "A");
  EXPECT_TRUE(event->message.starts_with("another process took memory. ")) << event->message;
  EXPECT_NE(event->message.find("micro-batch 8, "), std::string::npos) << event->message;
  EXPECT_NE(event->message.find("(before: 8, keep everything)"), std::string::npos);
  EXPECT_LT(event->details.at("planned_bytes"), event->details.at("planned_bytes_before"));
}

TEST_F(NarrowRun, SavesTheCoinBeforeItGivesUp) {
  Outcome const clean = run(datasets({"A"}));
  budget_ = {};
  run_out_at({.update = 4, .batch = 1, .pass = HeadPass::output_backward}, 0.0);
  EXPECT_THROW(run(datasets({"A"})), Error);
  EXPECT_EQ(budget_.used, 0u);
  std::vector<fs::path> saved;
  for (auto const& entry : fs::recursive_directory_iterator(folder_)) {
    if (entry.path().extension() == ".safetensors" &&
        entry.path().filename().string().starts_with("000000-")) {
      saved.push_back(entry.path());
    }
  }
  ASSERT_EQ(saved.size(), 1u) << "one checkpoint inside epoch 1";
  CoinState const state = read_checkpoint(saved[0]);
  EXPECT_EQ(state.header.progress.update_in_epoch, 4);
  before_linear_ = nullptr;
  budget_ = {};
  Outcome const resumed = run(datasets({"A"}), 8, {state});
  EXPECT_EQ(read(resumed.last("A")).params, read(clean.last("A")).params);
}

TEST_F(NarrowRun, KeepsNoMemoryOfAPlanThatFailed) {
  TrainingDevice device(make_backend_(), nullptr, config_, Precision::f32);
  Plan plan;
  plan.micro_batch = 8;
  plan.evaluation_batch = 16;
  device.build(plan);
  std::size_t const needed = budget_.used;
  EXPECT_GT(needed, 0u);
  for (std::size_t total = 0; total < needed; total += 1 + needed / 50) {
    budget_.total = total;
    EXPECT_THROW(device.build(plan), OutOfMemory) << total << " of " << needed;
    EXPECT_EQ(budget_.used, 0u);
  }
  budget_.total = needed;
  device.build(plan);
  EXPECT_EQ(budget_.used, needed);
}

TEST_F(NarrowRun, LoadsCoinsAgainWithASmallerPlan) {
  Outcome const clean = run(datasets({"A", "B"}));
  std::size_t const needed = budget_.peak;
  for (double const share : {0.95, 0.88}) {
    budget_ = {};
    plans_.clear();
    // The plan of the device fits, but the states of the coins do not fit beside it.
    before_loading_ = [&] {
      budget_.total = static_cast<std::size_t>(share * static_cast<double>(needed));
      ASSERT_LT(budget_.used, budget_.total);
    };
    Outcome const outcome = run(datasets({"A", "B"}));
    EXPECT_EQ(outcome.status, 0);
    ASSERT_GE(outcome.count(Event::out_of_memory), 1u) << share;
    ASSERT_FALSE(plans_.empty());
    EXPECT_EQ(plans_.back().micro_batch, 8u) << "memory options are sufficient";
    EXPECT_NE(outcome.events.front().message.find("It is loaded again with less memory"),
              std::string::npos)
        << outcome.events.front().message;
    for (char const* const coin : {"A", "B"}) {
      EXPECT_EQ(read(outcome.last(coin)).params, read(clean.last(coin)).params) << coin;
    }
  }
}

TEST_F(NarrowRun, EndsIfNoPlanIsSmallEnoughToLoadACoin) {
  before_loading_ = [&] { budget_.total = 0; };
  EXPECT_THROW(run(datasets({"A"})), Error);
  EXPECT_EQ(budget_.used, 0u);
}

}  // namespace
}  // namespace moneta
