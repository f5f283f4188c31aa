// SPDX-License-Identifier: Apache-2.0
// Plans that are made before the first update, on a device that provides less memory than it
// reported.
#include "engine/prepare_device.h"

#include <gtest/gtest.h>

#include "support/expect_error.h"
#include "train/narrow_run.h"

namespace moneta {
namespace {

/// A device most of whose memory is taken by libraries.
class TakenBackend : public NarrowBackend {
 public:
  using NarrowBackend::NarrowBackend;
  std::optional<DeviceMemoryUse> memory_use() const override {
    return DeviceMemoryUse{std::size_t{64} << 30, std::size_t{8} << 30};
  }
};

/// The reduction that a rank without a team selects.
PlanReduction reduction_of(Plan const& failed) {
  return {failed.micro_batch, failed.evaluation_batch,
          failed.memory_options.overlap_weight_gradients};
}

TEST_F(NarrowRun, ShrinksOnlyWhatAPlanCanChange) {
  TrainingDevice device(std::make_unique<TakenBackend>(budget_), nullptr, config_, Precision::f32);
  auto const coins = sizes(datasets({"A"}));
  RankWork work;
  work.coins = {0};
  Plan const first =
      plan_rank(config_, device.backend(), Precision::f32, coins, work, ResourceSharing{});
  Plan const second = smaller_plan(device, config_, coins, work, {}, first, reduction_of(first));
  EXPECT_EQ(first.unchangeable_bytes, second.unchangeable_bytes);
  EXPECT_GT(first.unchangeable_bytes, std::size_t{8} << 30);
  EXPECT_LE(second.total_bytes - second.unchangeable_bytes,
            (first.total_bytes - first.unchangeable_bytes) / 10 * 9);
}

/// A device that overlaps gradients of weights, at a price. It computes as the CPU does.
class OverlappingBackend : public NarrowBackend {
 public:
  using NarrowBackend::NarrowBackend;
  static constexpr std::size_t price = std::size_t{1} << 20;
  bool overlaps_weight_gradients() const override { return true; }
  LstmBytes lstm_bytes(LstmShape const& shape) const override {
    LstmBytes bytes = NarrowBackend::lstm_bytes(shape);
    if (shape.overlap_weight_gradients) bytes.scratch += price;
    return bytes;
  }
};

/// `plan` without the overlap.
MemoryOptions saving_options(Plan const& plan) {
  MemoryOptions options = plan.memory_options;
  options.overlap_weight_gradients = false;
  return options;
}

TEST_F(NarrowRun, GivesUpTheOverlapBeforeAnythingElse) {
  TrainingDevice device(std::make_unique<OverlappingBackend>(budget_), nullptr, config_,
                        Precision::f32);
  auto const coins = sizes(datasets({"A"}));
  RankWork work;
  work.coins = {0};
  Plan const first =
      plan_rank(config_, device.backend(), Precision::f32, coins, work, ResourceSharing{});
  EXPECT_TRUE(first.memory_options.overlap_weight_gradients);
  device.build(first);
  Plan const second = smaller_plan(device, config_, coins, work, {}, first, reduction_of(first));
  EXPECT_EQ(second.memory_options, saving_options(first));
  EXPECT_EQ(second.micro_batch, first.micro_batch);
  EXPECT_EQ(second.evaluation_batch, first.evaluation_batch);
  EXPECT_LT(second.total_bytes, first.total_bytes);
  Plan const third = smaller_plan(device, config_, coins, work, {}, second, reduction_of(second));
  EXPECT_FALSE(third.memory_options.overlap_weight_gradients) << "it is not taken up again";
  EXPECT_LE(third.total_bytes - third.unchangeable_bytes,
            (second.total_bytes - second.unchangeable_bytes) / 10 * 9);
}

/// Another member of the team may need a smaller micro-batch at the same time.
TEST_F(NarrowRun, GivesUpTheOverlapAtASmallerMicroBatchToo) {
  TrainingDevice device(std::make_unique<OverlappingBackend>(budget_), nullptr, config_,
                        Precision::f32);
  auto const coins = sizes(datasets({"A"}));
  RankWork work;
  work.coins = {0};
  Plan const first =
      plan_rank(config_, device.backend(), Precision::f32, coins, work, ResourceSharing{});
  PlanReduction reduction = reduction_of(first);
  reduction.micro_batch_at_most = 4;
  Plan const second = smaller_plan(device, config_, coins, work, {}, first, reduction);
  EXPECT_EQ(second.memory_options, saving_options(first));
  EXPECT_EQ(second.micro_batch, 4u);
}

/// Another member of the team may overlap gradients of weights, or validate with smaller batches.
TEST_F(NarrowRun, KeepsItsPlanWhileAnotherMemberGivesUpTheOverlap) {
  TrainingDevice device(make_backend_(), nullptr, config_, Precision::f32);
  auto const coins = sizes(datasets({"A"}));
  RankWork work;
  work.coins = {0};
  Plan const first =
      plan_rank(config_, device.backend(), Precision::f32, coins, work, ResourceSharing{});
  PlanReduction reduction{first.micro_batch, first.evaluation_batch, true};
  Plan const same = smaller_plan(device, config_, coins, work, {}, first, reduction);
  EXPECT_EQ(same.memory_options, first.memory_options);
  EXPECT_EQ(same.total_bytes, first.total_bytes);
  reduction.evaluation_batch_at_most = 2;
  Plan const second = smaller_plan(device, config_, coins, work, {}, first, reduction);
  EXPECT_EQ(second.micro_batch, first.micro_batch);
  EXPECT_EQ(second.evaluation_batch, 2u);
}

/// Counts the measurements of its memory, none of which may see an allocation of this rank.
class MeasuredBackend : public NarrowBackend {
 public:
  MeasuredBackend(MemoryBudget& budget, std::size_t& measured)
      : NarrowBackend(budget), budget_(budget), measured_(measured) {}
  void measure_memory() override {
    ++measured_;
    EXPECT_EQ(budget_.used, 0u);
  }

 private:
  MemoryBudget& budget_;
  std::size_t& measured_;
};

class PreparedRun : public NarrowRun {
 protected:
  PreparedDevice prepare(Team& team) {
    PreparedDevice prepared;
    prepare_device(prepared, StartStages(session(), team), team, config_, sizes(coins_), work(),
                   index_, [&](DeviceConfig const&, NodeRank) {
                     return OpenedBackend{make_backend_(), "", {}};
                   });
    return prepared;
  }
  static RankWork work() {
    RankWork work;
    work.coins = {0, 1};
    return work;
  }
  std::vector<CoinDataset> coins_ = datasets({"A", "B"});
  CheckpointIndex index_;  // of an earlier start
};

TEST_F(PreparedRun, MeasuresTheDeviceAgainAfterEachShortage) {
  std::size_t measured = 0;
  make_backend_ = [&] { return std::make_unique<MeasuredBackend>(budget_, measured); };
  Team team(session(), work());
  EXPECT_TRUE(prepare(team).shortages.empty());
  EXPECT_EQ(measured, 1u);
  measured = 0;
  budget_.total = budget_.peak / 10 * 9;
  PreparedDevice const narrow = prepare(team);
  EXPECT_FALSE(narrow.shortages.empty());
  EXPECT_EQ(measured, 1 + narrow.shortages.size());
}

TEST_F(PreparedRun, ContinuesInThePrecisionOfTheRunOnADeviceThatSupportsIt) {
  index_.coins["A"].push_back({.coin = "A", .micro_batch = 8, .precision = "f32"});
  Team team(session(), work());
  PreparedDevice const prepared = prepare(team);
  EXPECT_EQ(prepared.device->precision(), Precision::f32);
  EXPECT_EQ(prepared.device->plan().micro_batch, 8u);
}

TEST_F(PreparedRun, RejectsARunInAPrecisionThatItsDeviceDoesNotSupport) {
  index_.coins["A"].push_back({.coin = "A", .micro_batch = 8, .precision = "fp16"});
  Team team(session(), work());
  expect_error(ErrorKind::config,
               "the run was trained in fp16, which this device does not support (a narrow device). "
               "Set train.precision=f32 (the run continues with other rounding)?",
               [&] { prepare(team); });
  config_.train.precision = PrecisionChoice::f32;
  EXPECT_EQ(prepare(team).device->precision(), Precision::f32);
}

/// An error can be reported before what was opened is closed.
TEST_F(PreparedRun, HoldsTheDeviceAfterAnError) {
  index_.coins["A"].push_back({.coin = "A", .micro_batch = 8, .precision = "fp16"});
  Team team(session(), work());
  PreparedDevice prepared;
  EXPECT_THROW(prepare_device(prepared, StartStages(session(), team), team, config_, sizes(coins_),
                              work(), index_,
                              [&](DeviceConfig const&, NodeRank) {
                                return OpenedBackend{make_backend_(), "", {}};
                              }),
               CollectiveError);
  EXPECT_TRUE(prepared.backend);
  EXPECT_TRUE(prepared.all_reduce);
}

TEST_F(PreparedRun, StartsWithoutTheOverlapIfItsMemoryIsMissing) {
  make_backend_ = [&] { return std::make_unique<OverlappingBackend>(budget_); };
  Team team(session(), work());
  std::size_t planned = 0;
  {
    PreparedDevice const roomy = prepare(team);
    EXPECT_TRUE(roomy.shortages.empty());
    EXPECT_TRUE(roomy.device->plan().memory_options.overlap_weight_gradients);
    planned = budget_.used;
  }
  budget_.total = planned - 1;
  PreparedDevice const narrow = prepare(team);
  EXPECT_EQ(narrow.shortages.size(), 1u);
  EXPECT_EQ(narrow.device->plan().micro_batch, 32u);
  EXPECT_EQ(narrow.device->plan().memory_options, MemoryOptions{});
}

TEST_F(PreparedRun, StartsWithSmallerPlansUntilOneFits) {
  Team team(session(), work());
  auto const ready = [&] { return prepare(team); };
  PreparedDevice const roomy = ready();
  EXPECT_TRUE(roomy.shortages.empty());
  EXPECT_EQ(roomy.device->plan().micro_batch, 32u);
  budget_.used = 0;
  budget_.total = budget_.peak / 10 * 9;
  PreparedDevice const narrow = ready();
  EXPECT_FALSE(narrow.shortages.empty());
  EXPECT_LT(narrow.device->plan().total_bytes, roomy.device->plan().total_bytes);
  EXPECT_LE(budget_.used, budget_.total);
  budget_.total = 0;
  EXPECT_THROW(ready(), Error);
}

}  // namespace
}  // namespace moneta
