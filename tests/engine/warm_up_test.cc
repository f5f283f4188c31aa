// SPDX-License-Identifier: Apache-2.0
#include "engine/warm_up.h"

#include <gtest/gtest.h>

#include "train/narrow_backend.h"
#include "train/rank_run.h"

namespace moneta {
namespace {

/// Counts how often it is measured, and what is allocated then.
class MeasuredBackend : public NarrowBackend {
 public:
  explicit MeasuredBackend(Room& room) : NarrowBackend(room), of_(room) {}
  void measure_memory() override {
    ++measured;
    used_when_measured = of_.used;
  }
  int measured = 0;
  std::size_t used_when_measured = 0;

 private:
  Room& of_;
};

TEST(WarmUp, UsesTheDeviceAndMeasuresItWithNothingAllocated) {
  Room room;
  MeasuredBackend backend(room);
  std::size_t products = 0;
  backend.before_product = [&](std::size_t) { ++products; };
  warm_up(backend, make_config(), Precision::f32, 16);
  EXPECT_EQ(products, 6u);  // two of the head forward and backward, two of the evaluation
  EXPECT_EQ(backend.measured, 1);
  EXPECT_EQ(backend.used_when_measured, 0u);
  EXPECT_GT(room.most_used, 0u);
}

TEST(WarmUp, MeasuresADeviceWithoutRoomAllTheSame) {
  Room room;
  room.total = 1000;
  MeasuredBackend backend(room);
  warm_up(backend, make_config(), Precision::f32, 16);
  EXPECT_EQ(backend.measured, 1);
  EXPECT_EQ(room.used, 0u);
}

TEST(WarmUp, LeavesADeviceInTheHostsMemoryAlone) {
  class Counting : public WrappedBackend {
   public:
    using WrappedBackend::WrappedBackend;
    std::unique_ptr<DeviceMemory> allocate(std::size_t bytes) override {
      ++allocations;
      return WrappedBackend::allocate(bytes);
    }
    int allocations = 0;
  };
  auto const cpu = make_cpu_backend(1);
  Counting backend(*cpu);
  warm_up(backend, make_config(), Precision::f32, 16);
  EXPECT_EQ(backend.allocations, 0);
}

}  // namespace
}  // namespace moneta
