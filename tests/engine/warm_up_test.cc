// SPDX-License-Identifier: Apache-2.0
#include "engine/warm_up.h"

#include <gtest/gtest.h>

#include "train/narrow_backend.h"
#include "train/rank_run.h"

namespace moneta {
namespace {

/// Counts the measurements of its memory, and records what is allocated at that time.
class MeasuredBackend : public NarrowBackend {
 public:
  explicit MeasuredBackend(MemoryBudget& budget) : NarrowBackend(budget), budget_(budget) {}
  void measure_memory() override {
    ++measured;
    used_when_measured = budget_.used;
  }
  int measured = 0;
  std::size_t used_when_measured = 0;

 private:
  MemoryBudget& budget_;
};

TEST(WarmUp, UsesTheDeviceAndMeasuresItWithNothingAllocated) {
  MemoryBudget budget;
  MeasuredBackend backend(budget);
  std::size_t linear_calls = 0;
  backend.before_linear = [&](std::size_t) { ++linear_calls; };
  warm_up(backend, make_config(), Precision::f32, 16);
  EXPECT_EQ(linear_calls, 6u);  // of the head: two forward, two backward, two of the evaluation
  EXPECT_EQ(backend.measured, 1);
  EXPECT_EQ(backend.used_when_measured, 0u);
  EXPECT_GT(budget.peak, 0u);
}

TEST(WarmUp, MeasuresADeviceWithTooLittleMemory) {
  MemoryBudget budget;
  budget.total = 1000;
  MeasuredBackend backend(budget);
  warm_up(backend, make_config(), Precision::f32, 16);
  EXPECT_EQ(backend.measured, 1);
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
