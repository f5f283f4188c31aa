// SPDX-License-Identifier: Apache-2.0
#include "engine/warm_up.h"

#include <gtest/gtest.h>

#include "train/narrow_backend.h"
#include "train/rank_run.h"

namespace moneta {
namespace {

TEST(WarmUp, UsesTheDeviceAndLeavesNothingAllocated) {
  MemoryBudget budget;
  NarrowBackend backend(budget);
  std::size_t linear_calls = 0;
  backend.before_linear = [&](std::size_t) { ++linear_calls; };
  warm_up(backend, make_config(), Precision::f32, 16);
  EXPECT_EQ(linear_calls, 6u);  // of the head: two forward, two backward, two of the evaluation
  EXPECT_EQ(budget.used, 0u);
  EXPECT_GT(budget.peak, 0u);
}

TEST(WarmUp, LeavesADeviceWithTooLittleMemoryToThePlanner) {
  MemoryBudget budget;
  budget.total = 1000;
  NarrowBackend backend(budget);
  warm_up(backend, make_config(), Precision::f32, 16);
  EXPECT_EQ(budget.used, 0u);
}

TEST(WarmUp, DoesNotUseADeviceThatComputesInHostMemory) {
  class AllocationCounter : public WrappedBackend {
   public:
    using WrappedBackend::WrappedBackend;
    std::unique_ptr<DeviceMemory> allocate(std::size_t bytes) override {
      ++allocations;
      return WrappedBackend::allocate(bytes);
    }
    int allocations = 0;
  };
  auto const cpu = make_cpu_backend(1);
  AllocationCounter backend(*cpu);
  warm_up(backend, make_config(), Precision::f32, 16);
  EXPECT_EQ(backend.allocations, 0);
}

}  // namespace
}  // namespace moneta
