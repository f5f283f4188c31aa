// SPDX-License-Identifier: Apache-2.0
#include "engine/warm_up.h"

#include <gtest/gtest.h>

#include <limits>

#include "engine/plan_inputs.h"
#include "train/narrow_backend.h"
#include "train/rank_run.h"

namespace moneta {
namespace {

constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

TEST(WarmUp, UsesTheDeviceAndLeavesNothingAllocated) {
  MemoryBudget budget;
  NarrowBackend backend(budget);
  std::size_t linear_calls = 0;
  backend.before_linear = [&](std::size_t) { ++linear_calls; };
  warm_up(backend, make_config(), Precision::f32, 16, unlimited);
  EXPECT_EQ(linear_calls, 6u);  // of the head: two forward, two backward, two of the evaluation
  EXPECT_EQ(budget.used, 0u);
  EXPECT_GT(budget.peak, 0u);
}

TEST(WarmUp, LeavesADeviceWithTooLittleMemoryToThePlanner) {
  MemoryBudget budget;
  budget.total = 1000;
  NarrowBackend backend(budget);
  warm_up(backend, make_config(), Precision::f32, 16, unlimited);
  EXPECT_EQ(budget.used, 0u);
}

TEST(WarmUp, AllocatesAtMostItsLimit) {
  auto const peak_within = [](std::size_t limit) {
    MemoryBudget budget;
    NarrowBackend backend(budget);
    warm_up(backend, make_config(), Precision::f32, 16, limit);
    EXPECT_LE(budget.peak, limit);
    return budget.peak;
  };
  std::size_t const whole = peak_within(unlimited);
  EXPECT_EQ(peak_within(whole), whole);
  std::size_t const smaller = peak_within(whole - 1);
  EXPECT_LT(smaller, whole);
  EXPECT_GT(smaller, 0u) << "with a smaller batch";
  for (std::size_t limit = 0; limit < whole; limit += 1 + whole / 50) peak_within(limit);
  EXPECT_EQ(peak_within(1000), 0u) << "not even one window fits";
}

TEST(WarmUp, StaysWithinTheLimitOfTheConfiguration) {
  class TakenBackend : public NarrowBackend {
   public:
    using NarrowBackend::NarrowBackend;
    std::optional<DeviceMemoryUse> memory_use() const override {
      return DeviceMemoryUse{std::size_t{64} << 20, std::size_t{7} << 20, std::size_t{3} << 20};
    }
  };
  MemoryBudget budget;
  TakenBackend const backend(budget);
  DeviceConfig device;
  device.memory_limit_mib = 40;
  EXPECT_EQ(plan_inputs::warm_up_limit_bytes(device, backend, 1), std::size_t{30} << 20);
  EXPECT_EQ(plan_inputs::warm_up_limit_bytes(device, backend, 2), std::size_t{10} << 20);
  EXPECT_EQ(plan_inputs::warm_up_limit_bytes(device, backend, 8), 0u);
  EXPECT_EQ(plan_inputs::warm_up_limit_bytes(device, *make_cpu_backend(1), 1), 0u);
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
  warm_up(backend, make_config(), Precision::f32, 16, unlimited);
  EXPECT_EQ(backend.allocations, 0);
}

}  // namespace
}  // namespace moneta
