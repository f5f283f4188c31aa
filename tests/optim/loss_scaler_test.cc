// SPDX-License-Identifier: Apache-2.0
#include "optim/loss_scaler.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "backend/cpu/make.h"
#include "optim/optimizer.h"
#include "support/expect_error.h"

namespace moneta {
namespace {

void update_times(LossScaler& scaler, int times, bool applied) {
  for (int i = 0; i < times; ++i) scaler.update(applied);
}

TEST(LossScaler, StartsAndChangesAsInPyTorch) {
  LossScaler scaler;
  EXPECT_EQ(scaler.scale(), 65536);
  update_times(scaler, 1999, true);
  EXPECT_EQ(scaler.scale(), 65536);
  scaler.update(true);
  EXPECT_EQ(scaler.scale(), 131072);
  scaler.update(false);
  EXPECT_EQ(scaler.scale(), 65536);
  // An update that was skipped starts the count again.
  update_times(scaler, 1999, true);
  scaler.update(false);
  EXPECT_EQ(scaler.scale(), 32768);
  update_times(scaler, 1999, true);
  EXPECT_EQ(scaler.scale(), 32768);
  scaler.update(true);
  EXPECT_EQ(scaler.scale(), 65536);
}

TEST(LossScaler, IsExhaustedBelowOne) {
  LossScaler scaler;
  update_times(scaler, 16, false);
  EXPECT_EQ(scaler.scale(), 1);
  EXPECT_FALSE(scaler.is_exhausted());
  scaler.update(false);
  EXPECT_TRUE(scaler.is_exhausted());
  update_times(scaler, 2000, false);
  EXPECT_GT(scaler.scale(), 0) << "it could never grow again";
}

TEST(LossScaler, StaysWithinTheRangeOfFloat) {
  LossScaler scaler;
  update_times(scaler, 2000 * 200, true);
  EXPECT_TRUE(std::isfinite(static_cast<float>(scaler.scale())));
}

TEST(LossScaler, ContinuesFromItsState) {
  LossScaler whole, first;
  update_times(whole, 3500, true);
  update_times(first, 1234, true);
  LossScaler second(first.state());
  update_times(second, 3500 - 1234, true);
  EXPECT_EQ(second.state(), whole.state());
}

TEST(LossScaler, KeepsALoweredScaleAfterARollback) {
  LossScaler scaler({1024, 7});
  scaler.update(false);
  scaler.update(true);
  scaler.roll_back({1024, 7});
  EXPECT_EQ(scaler.state(), (LossScalerState{512, 0}));
}

TEST(LossScaler, ReturnsToTheEarlierScaleIfItHasGrownOrIsExhausted) {
  LossScaler grown({1024, 1999});
  grown.update(true);
  EXPECT_EQ(grown.scale(), 2048);
  grown.roll_back({1024, 1999});
  EXPECT_EQ(grown.state(), (LossScalerState{1024, 1999}));
  LossScaler exhausted({1, 0});
  exhausted.update(false);
  EXPECT_TRUE(exhausted.is_exhausted());
  exhausted.roll_back({1024, 7});
  EXPECT_EQ(exhausted.state(), (LossScalerState{1024, 7}));
}

TEST(LossScaler, RefusesStatesThatItCannotHave) {
  double const infinite = std::numeric_limits<double>::infinity();
  for (LossScalerState const& state : std::vector<LossScalerState>{{0, 0},
                                                                   {-2, 0},
                                                                   {3, 0},
                                                                   {infinite, 0},
                                                                   {NAN, 0},
                                                                   {1024, -1},
                                                                   {1024, 2000},
                                                                   {0x1p200, 0}}) {
    expect_error(ErrorKind::data, "Is the checkpoint damaged?", [&] { LossScaler{state}; });
  }
}

/// A scaled gradient is planned to the same update, and one that overflowed to none.
TEST(LossScaler, ScaleDoesNotChangeTheUpdate) {
  auto const backend = make_cpu_backend(1);
  OptimizerConfig config;
  config.clip_norm = 1.0;
  for (float const size : {0.01f, 3.0f}) {  // without and with clipping
    std::vector<float> const gradients{size, -size, size / 2};
    std::vector<float> scaled;
    for (float const each : gradients) scaled.push_back(65536 * each);
    PlannedUpdate const plain =
        plan_update(*backend, config, 0.1, 1, DeviceSpan<float const>{gradients.data(), 3});
    PlannedUpdate const update =
        plan_update(*backend, config, 0.1, 1, DeviceSpan<float const>{scaled.data(), 3}, 65536);
    EXPECT_EQ(update.result.gradient_norm, plain.result.gradient_norm);
    EXPECT_EQ(update.adamw.gradient_scale * 65536, plain.adamw.gradient_scale);
    scaled[1] = INFINITY;
    EXPECT_FALSE(
        plan_update(*backend, config, 0.1, 1, DeviceSpan<float const>{scaled.data(), 3}, 65536)
            .result.applied);
  }
}

}  // namespace
}  // namespace moneta
