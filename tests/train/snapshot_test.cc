// SPDX-License-Identifier: Apache-2.0
// What a trainer gives to the checkpoint writer.
#include <gtest/gtest.h>

#include "train/narrow_run.h"

namespace moneta {
namespace {

TEST_F(NarrowRun, SavesTheDeviceUnlessItIsTheCpu) {
  EXPECT_EQ(read(run(datasets({"A"})).last("A")).header.device, "a narrow device");
  make_backend_ = [] { return make_cpu_backend(1); };
  EXPECT_EQ(read(run(datasets({"A"})).last("A")).header.device, "");
}

TEST_F(NarrowRun, TakesASnapshotInTheArraysOfAnEarlierOne) {
  Team team(session(), work_);
  TrainingDevice device(make_backend_(), nullptr, config_, Precision::f32);
  Plan plan;
  plan.micro_batch = plan.evaluation_batch = 8;
  device.build(plan);
  auto const dataset = std::make_shared<CoinDataset>(make_dataset("A"));
  CoinTrainer coin(config_, device, team, dataset,
                   initial_state(config_, device.layout(), *dataset, Precision::f32, 8));
  CoinState first = coin.snapshot();
  CoinState const copy = first;
  float const* const arrays[] = {first.params.data(), first.m.data(), first.v.data()};
  CoinState const second = coin.snapshot(std::move(first));
  EXPECT_EQ(second.params.data(), arrays[0]);
  EXPECT_EQ(second.m.data(), arrays[1]);
  EXPECT_EQ(second.v.data(), arrays[2]);
  EXPECT_EQ(second.params, copy.params);
  EXPECT_EQ(second.header.coin, "A");
}

}  // namespace
}  // namespace moneta
