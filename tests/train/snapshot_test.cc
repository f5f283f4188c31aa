// SPDX-License-Identifier: Apache-2.0
// What a trainer gives to the checkpoint writer.
#include <gtest/gtest.h>

#include <optional>

#include "train/narrow_run.h"

namespace moneta {
namespace {

TEST_F(NarrowRun, SavesTheDeviceUnlessItIsTheCpu) {
  EXPECT_EQ(read(run(datasets({"A"})).last("A")).header.device, "a narrow device");
  make_backend_ = [] { return make_cpu_backend(1); };
  EXPECT_EQ(read(run(datasets({"A"})).last("A")).header.device, "");
}

struct Values {
  std::vector<float> params, m, v;
  bool operator==(Values const&) const = default;
};

Values values_of(CoinArrays const& arrays) {
  auto const copy = [](std::span<float const> array) {
    return std::vector<float>(array.begin(), array.end());
  };
  return {copy(arrays.params), copy(arrays.m), copy(arrays.v)};
}

/// Two coins on a device that copies late.
class SnapshotRun : public NarrowRun {
 protected:
  /// Builds the device for memory_options_, and two coins in their initial states.
  void start() {
    coins_.clear();
    buffers_.reset();
    auto backend = make_backend_();
    auto sum = make_host_all_reduce(team_, *backend, layout_of(config_).size);
    device_.emplace(std::move(backend), std::move(sum), config_, Precision::f32);
    Plan plan;
    plan.micro_batch = plan.evaluation_batch = 8;
    plan.memory_options = memory_options_;
    device_->build(plan);
    buffers_.emplace(device_->backend(), device_->layout().size);
    for (char const* const name : {"A", "B"}) {
      auto const dataset = std::make_shared<CoinDataset>(make_dataset(name));
      coins_.push_back(std::make_unique<CoinTrainer>(
          config_, *device_, team_, dataset,
          initial_state(config_, device_->layout(), *dataset, Precision::f32, 8)));
    }
  }
  static void train(CoinTrainer& coin, int updates) {
    for (int i = 0; i < updates; ++i) coin.train_update({});
  }
  Snapshot take(CoinTrainer& coin) { return coin.snapshot(buffers_->next()); }

  Team team_{session(), work_};
  std::optional<TrainingDevice> device_;
  std::optional<SnapshotBuffers> buffers_;
  std::vector<std::unique_ptr<CoinTrainer>> coins_;
};

class EachPlacement : public SnapshotRun, public testing::WithParamInterface<MemoryOptions> {
 protected:
  void SetUp() override {
    SnapshotRun::SetUp();
    memory_options_ = GetParam();
  }
};

/// The values of coin A after two updates, copied at once.
TEST_P(EachPlacement, ASnapshotHasTheValuesOfItsMoment) {
  auto const trained = [&]() -> CoinTrainer& {
    start();
    coins_[0]->activate();
    train(*coins_[0], 2);
    return *coins_[0];
  };
  Values const expected = values_of(take(trained()).arrays());

  Snapshot const before_updates = take(trained());
  train(*coins_[0], 3);
  EXPECT_TRUE(values_of(before_updates.arrays()) == expected) << "the coin is trained further";

  Snapshot const before_other_coin = take(trained());
  coins_[0]->deactivate();
  coins_[1]->activate();
  train(*coins_[1], 2);
  EXPECT_TRUE(values_of(before_other_coin.arrays()) == expected) << "another coin is trained";

  Snapshot const before_both = take(trained());
  coins_[0]->deactivate();
  coins_[1]->activate();
  coins_[1]->deactivate();
  coins_[0]->activate();
  train(*coins_[0], 1);
  EXPECT_TRUE(values_of(before_both.arrays()) == expected) << "it is trained in its next turn";

  CoinTrainer& inactive = trained();
  inactive.deactivate();
  EXPECT_TRUE(values_of(take(inactive).arrays()) == expected) << "it is inactive";

  Snapshot const before_rollback = take(trained());
  coins_[0]->roll_back(coins_[0]->first_state());
  EXPECT_TRUE(values_of(before_rollback.arrays()) == expected) << "it is rolled back";

  Snapshot const before_clear = take(trained());
  coins_[0]->deactivate();
  device_->clear();
  coins_[0]->move_to({.offload_inactive = true});
  EXPECT_TRUE(values_of(before_clear.arrays()) == expected) << "its memory is freed";
}

TEST_P(EachPlacement, TwoSnapshotsAreInMemoryAtTheSameTime) {
  start();
  coins_[0]->activate();
  Snapshot const first = take(*coins_[0]);
  Values const initial = values_of(first.arrays());
  train(*coins_[0], 1);
  Snapshot const second = take(*coins_[0]);
  train(*coins_[0], 1);
  EXPECT_TRUE(values_of(first.arrays()) == initial);
  EXPECT_FALSE(values_of(second.arrays()) == initial);
  EXPECT_EQ(first.header.progress.update, 0);
  EXPECT_EQ(second.header.progress.update, 1);
  float const* const memory = first.arrays().params.data();
  EXPECT_EQ(take(*coins_[0]).arrays().params.data(), memory) << "the third replaces the first";
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, EachPlacement, testing::Values(
    MemoryOptions{},
    MemoryOptions{.offload_inactive = true},
    MemoryOptions{.offload_optimizer = true},
    MemoryOptions{.offload_inactive = true, .offload_optimizer = true}));
// clang-format on

TEST_F(NarrowRun, KeepsTwoSnapshotsInPinnedMemory) {
  MemoryBudget host;
  make_backend_ = [&] {
    return std::make_unique<NarrowBackend>(budget_, make_cpu_backend(1), &host);
  };
  Outcome const outcome = run(datasets({"A", "B"}));
  EXPECT_EQ(outcome.saved.size(), 4u);
  EXPECT_EQ(host.peak, 2 * 3 * layout_of(config_).size * sizeof(float));
  EXPECT_EQ(host.used, 0u);
}

TEST_F(NarrowRun, SavesTheSameWithoutPinnedMemory) {
  Outcome const pinned = run(datasets({"A", "B"}));
  MemoryBudget host;
  host.total = 3 * layout_of(config_).size * sizeof(float);  // for one of two buffers
  make_backend_ = [&] {
    return std::make_unique<NarrowBackend>(budget_, make_cpu_backend(1), &host);
  };
  testing::internal::CaptureStderr();
  Outcome const pageable = run(datasets({"A", "B"}));
  std::string const log = testing::internal::GetCapturedStderr();
  EXPECT_EQ(pageable.status, 0);
  for (char const* const coin : {"A", "B"}) {
    EXPECT_EQ(pageable.last(coin).sha256, pinned.last(coin).sha256) << coin;
  }
  EXPECT_NE(log.find("warning: training will wait while a checkpoint is copied"), std::string::npos)
      << log;
}

}  // namespace
}  // namespace moneta
