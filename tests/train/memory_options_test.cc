// SPDX-License-Identifier: Apache-2.0
// What a plan gives up for memory changes no number: on a device that copies as late as it may. And
// what happens when a device has less memory than was planned with.
#include <gtest/gtest.h>

#include <cmath>

#include "backend/gpus.h"
#include "base/error.h"
#include "narrow_run.h"

namespace moneta {
namespace {

struct LeverCase {
  std::string name;  ///< <device>_<memory options>
  bool on_gpu;
  MemoryOptions memory_options;
};

class EachLever : public NarrowRun, public testing::WithParamInterface<LeverCase> {
 protected:
  void SetUp() override {
    NarrowRun::SetUp();
    if (GetParam().on_gpu) make_backend_ = [] { return make_cuda_backend(0); };
  }
};

TEST_P(EachLever, ChangesMemoryAndNoNumber) {
  Outcome const kept = run(datasets({"A", "B", "C"}));
  std::size_t const kept_bytes = room_.most_used;
  memory_options_ = GetParam().memory_options;
  room_ = {};
  Outcome const other = run(datasets({"A", "B", "C"}));
  EXPECT_EQ(other.status, 0);
  if (!GetParam().on_gpu && !(memory_options_ == MemoryOptions{})) {
    EXPECT_LT(room_.most_used, kept_bytes);
  }
  for (char const* const coin : {"A", "B", "C"}) {
    CoinState const one = read(kept.last(coin)), same = read(other.last(coin));
    EXPECT_EQ(one.params, same.params) << coin;
    EXPECT_EQ(one.m, same.m) << coin;
    EXPECT_EQ(one.v, same.v) << coin;
    EXPECT_NEAR(one.progress.valid_loss, same.progress.valid_loss, 1e-6) << coin;
    if (memory_options_.share_model) continue;  // the validation loss is rounded otherwise
    EXPECT_EQ(kept.last(coin).sha256, other.last(coin).sha256) << coin;
  }
}

TEST_P(EachLever, StopsAndGoesOnToTheSameBytes) {
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

/// On a device of the CPU that copies late, and on the GPU if there is one.
std::vector<LeverCase> lever_cases() {
  std::vector<std::pair<char const*, MemoryOptions>> const table = {
      // layers, timeframes, offload, one_model, moments
      {"kept", {}},
      {"layers", {true}},
      {"offload", {false, false, true}},
      {"one_model", {false, false, false, true}},
      {"moments", {false, false, false, false, true}},
      {"offload_moments", {false, false, true, false, true}},
      {"all", {true, false, true, true, true}}};
  std::vector<LeverCase> cases;
  for (bool const on_gpu : {false, true}) {
    if (on_gpu && count_gpus().count == 0) continue;
    for (auto const& [name, memory_options] : table) {
      cases.push_back(
          {fmt::format("{}{}", on_gpu ? "Cuda_" : "Late_", name), on_gpu, memory_options});
    }
  }
  return cases;
}
INSTANTIATE_TEST_SUITE_P(Table, EachLever, testing::ValuesIn(lever_cases()),
                         [](auto const& each) { return each.param.name; });

/// A micro-batch has two products of the head forward and two backward: an update has 16, an epoch
/// 8 x 16, and 4 x 2 more in its validation.
struct ShortCase {
  char const* name;
  std::size_t product;
};

class RunOut : public NarrowRun, public testing::WithParamInterface<ShortCase> {};

TEST_P(RunOut, PlansAgainAndRepeatsTheUpdate) {
  Outcome const clean = run(datasets({"A", "B"}));
  room_ = {};
  run_out_at(GetParam().product, 0.85);
  Outcome const outcome = run(datasets({"A", "B"}));
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.count("out_of_memory"), 1u);
  ASSERT_FALSE(plans_.empty());
  EXPECT_EQ(plans_.back().micro_batch, 8u) << "the memory options are enough";
  EXPECT_FALSE(plans_.back().memory_options == MemoryOptions{});
  for (char const* const coin : {"A", "B"}) {
    EXPECT_EQ(read(outcome.last(coin)).params, read(clean.last(coin)).params) << coin;
    EXPECT_EQ(outcome.last(coin).epoch, 2) << coin;
  }
  EXPECT_EQ(outcome.epochs.size(), 4u);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, RunOut, testing::Values(
    ShortCase{"FirstForward", 0},
    ShortCase{"FirstBackward", 2},
    ShortCase{"MidUpdate", 9},
    ShortCase{"MidEpoch", 70},
    ShortCase{"Validation", 130},
    ShortCase{"OtherCoin", 200},
    ShortCase{"LastUpdate", 530}),
    [](auto const& each) { return each.param.name; });
// clang-format on

TEST_F(NarrowRun, TakesASmallerMicroBatchWhereLeversAreNotEnough) {
  Outcome const clean = run(datasets({"A"}), 32);
  room_ = {};
  run_out_at(5, 0.60);
  Outcome const outcome = run(datasets({"A"}), 32);
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.count("out_of_memory"), 1u);
  EXPECT_LT(plans_.back().micro_batch, 32u);
  EXPECT_EQ(outcome.last("A").micro_batch, plans_.back().micro_batch);
  EXPECT_LT(distance(outcome.last("A"), clean.last("A")), 2e-4);
  EXPECT_LE(room_.used, room_.total);
}

TEST_F(NarrowRun, SaysWhatItDidInOneEvent) {
  run_out_at(40, 0.85);
  Outcome const outcome = run(datasets({"A", "B"}));
  auto const event =
      std::find_if(outcome.events.begin(), outcome.events.end(),
                   [](EventRecord const& each) { return each.action == "out_of_memory"; });
  ASSERT_NE(event, outcome.events.end());
  EXPECT_EQ(event->severity, Severity::warning);
  EXPECT_EQ(event->coin, "A");
  EXPECT_EQ(event->message.find("another process took memory. What was done since the last update "
                                "is done again with less memory: micro-batch 8, "),
            0u)
      << event->message;
  EXPECT_NE(event->message.find("(before: 8, keep everything)"), std::string::npos);
  EXPECT_LT(event->details.at("planned_bytes"), event->details.at("planned_bytes_before"));
}

TEST_F(NarrowRun, SavesTheCoinBeforeItGivesUpForWantOfMemory) {
  Outcome const clean = run(datasets({"A"}));
  room_ = {};
  run_out_at(70, 0.0);
  EXPECT_THROW(run(datasets({"A"})), Error);
  EXPECT_EQ(room_.used, 0u);
  std::vector<fs::path> saved;
  for (auto const& entry : fs::recursive_directory_iterator(folder_)) {
    if (entry.path().extension() == ".safetensors" &&
        entry.path().filename().string().starts_with("000000-")) {
      saved.push_back(entry.path());
    }
  }
  ASSERT_EQ(saved.size(), 1u) << "one checkpoint inside of epoch 1";
  CoinState const state = read_checkpoint(saved[0]);
  EXPECT_EQ(state.progress.update_in_epoch, 4);
  before_product_ = nullptr;
  room_ = {};
  Outcome const resumed = run(datasets({"A"}), 8, {state});
  EXPECT_EQ(read(resumed.last("A")).params, read(clean.last("A")).params);
}

TEST_F(NarrowRun, HoldsNothingOfAPlanThatFoundNoMemory) {
  TrainingDevice device(make_backend_(), nullptr, config_, Precision::f32);
  Plan plan;
  plan.micro_batch = 8;
  plan.evaluation_batch = 16;
  device.build(plan);
  std::size_t const needed = room_.used;
  EXPECT_GT(needed, 0u);
  for (std::size_t total = 0; total < needed; total += 1 + needed / 50) {
    room_.total = total;
    EXPECT_THROW(device.build(plan), OutOfMemory) << total << " of " << needed;
    EXPECT_EQ(room_.used, 0u);
  }
  room_.total = needed;
  device.build(plan);
  EXPECT_EQ(room_.used, needed);
}

TEST_F(NarrowRun, PlansAgainAtTheStartUntilThereIsRoom) {
  auto const coins = datasets({"A", "B"});
  RankWork work;
  work.team_size = 1;
  work.coins = {0, 1};
  auto const ready = [&] {
    return make_training_device(session(), config_, sizes(coins), work, {},
                                {make_backend_(), {}, {}, {}});
  };
  ReadyDevice const roomy = ready();
  EXPECT_TRUE(roomy.shortages.empty());
  EXPECT_EQ(roomy.device->plan().micro_batch, 32u);
  room_.used = 0;
  room_.total = room_.most_used / 2;
  ReadyDevice const narrow = ready();
  EXPECT_FALSE(narrow.shortages.empty());
  EXPECT_LT(narrow.device->plan().total_bytes, roomy.device->plan().total_bytes);
  EXPECT_LE(room_.used, room_.total);
  room_.total = 0;
  EXPECT_THROW(ready(), Error);
}

}  // namespace
}  // namespace moneta
