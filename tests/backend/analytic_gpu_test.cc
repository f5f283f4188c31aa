// SPDX-License-Identifier: Apache-2.0
#include "backend/analytic_gpu.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace moneta {
namespace {

struct RateCase {
  char const* name;
  std::size_t multiprocessors;
  double clock_hz;
  int major, minor;
  Precision precision;
  double data_sheet;  ///< operations per second; a multiply-add is two

  friend void PrintTo(RateCase const& given, std::ostream* out) { *out << given.name; }
};

class GpuRates : public testing::TestWithParam<RateCase> {};

TEST_P(GpuRates, AreHalfOfTheDataSheet) {
  RateCase const& given = GetParam();
  double const products =
      gpu_speed(given.multiprocessors, given.clock_hz, given.major, given.minor, given.precision)
          .products_per_s;
  EXPECT_NEAR(products / (given.data_sheet / 2 / 2), 1, 0.02);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, GpuRates, testing::ValuesIn(std::vector<RateCase>{
    {"A100",     108, 1.41e9,   8, 0, Precision::bf16,  312e12},
    {"A100Half", 108, 1.41e9,   8, 0, Precision::fp16,  312e12},
    {"A100Tf32", 108, 1.41e9,   8, 0, Precision::tf32,  156e12},
    {"A100F32",  108, 1.41e9,   8, 0, Precision::f32,  19.5e12},
    {"Rtx3080Ti", 80, 1.665e9,  8, 6, Precision::bf16,   68e12},
    {"Rtx4090",  128, 2.52e9,   8, 9, Precision::bf16, 165.2e12},
    {"H100",     132, 1.83e9,   9, 0, Precision::bf16,  989e12},
    {"B200",     148, 1.85e9,  10, 0, Precision::bf16, 2250e12},
    {"Rtx5090",  170, 2.41e9,  12, 0, Precision::bf16, 209.5e12},
    {"Rtx5090F32", 170, 2.41e9, 12, 0, Precision::f32, 104.8e12},
}), [](auto const& each) { return each.param.name; });
// clang-format on

TEST(GpuSpeed, CountsAnUnknownClockAs1500Megahertz) {
  EXPECT_EQ(gpu_speed(132, 0, 9, 0, Precision::bf16).products_per_s,
            gpu_speed(132, 1.5e9, 9, 0, Precision::bf16).products_per_s);
}

TEST(StepSeconds, AreThoseOfReadingWeightsThatExceedTheCache) {
  DeviceSpeed const speed = AnalyticGpu(std::size_t{12} << 30).speed(Precision::bf16);
  LstmShape layer{240, 128, 3072, 3072, 1536, 2, Precision::bf16, true};
  // Two directions of 4 x 1536 x 1536 weights of 2 bytes, 37.7 MB, at 912 GB/s.
  EXPECT_NEAR(2 * 4.0 * 1536 * 1536 * 2 / 912e9, speed.step_seconds(layer), 1e-9);
  EXPECT_GT(speed.step_seconds(layer), 40e-6);
  layer.hidden = 512;  // 4.2 MB fit into the cache of 6 MiB
  EXPECT_EQ(speed.step_seconds(layer), 15e-6);
  layer.precision = Precision::f32;  // 8.4 MB do not, but are read in less than the least time
  EXPECT_EQ(speed.step_seconds(layer), 15e-6);
}

TEST(LargestBatch, KeepsTheGatesOfAllStepsWithin32Bits) {
  constexpr std::size_t limit = std::size_t{1} << 31;
  for (std::size_t const hidden : {1024u, 1536u, 4096u}) {
    LstmShape layer{240, 1, 2048, 2048, hidden, 2, Precision::bf16, true};
    std::size_t const batch = largest_gpu_batch(layer);
    EXPECT_LT(layer.steps * batch * 4 * layer.outputs(), limit);
    if (batch < 1024) {
      EXPECT_GE(layer.steps * (batch + 1) * 4 * layer.outputs(), limit);
    }
    layer.training = false;
    EXPECT_EQ(largest_gpu_batch(layer), batch);
  }
  LstmShape small{60, 1, 64, 64, 64, 2, Precision::bf16, true};
  EXPECT_EQ(largest_gpu_batch(small), 1024u);
  small.steps = 100'000'000;
  EXPECT_EQ(largest_gpu_batch(small), 1u);
}

TEST(AnalyticBytes, OverlapTakesTheWorkOfACallOnceMore) {
  AnalyticGpu const gpu(std::size_t{80} << 30);
  LstmShape layer{240, 128, 2048, 2048, 1024, 2, Precision::bf16, true};
  LstmBytes const serial = gpu.lstm_bytes(layer);
  layer.overlap_weight_gradients = true;
  LstmBytes const overlapped = gpu.lstm_bytes(layer);
  // For the gradient of the weights, cuDNN 9.19 needs T*N*6(I+H) + 26*N*H + 8H(I+H) elements of two
  // bytes and 16 MiB.
  std::size_t const elements =
      std::size_t{240} * 128 * 6 * 3072 + 26 * 128 * 1024 + 8 * 1024 * 3072;
  EXPECT_EQ(overlapped.scratch - serial.scratch, 2 * elements + (std::size_t{16} << 20));
  EXPECT_EQ(overlapped.workspace, serial.workspace);
  layer.training = false;
  std::size_t const evaluation = gpu.lstm_bytes(layer).scratch;
  layer.overlap_weight_gradients = false;
  EXPECT_EQ(gpu.lstm_bytes(layer).scratch, evaluation);
}

}  // namespace
}  // namespace moneta
