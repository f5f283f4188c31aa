// SPDX-License-Identifier: Apache-2.0
// Plans for models of several sizes on GPUs of several sizes that need not be present.
#include "engine/plan_rank.h"

#include <gtest/gtest.h>

#include "backend/analytic_gpu.h"
#include "backend/cpu/make.h"
#include "base/error.h"
#include "engine/model_shape.h"
#include "model/memory.h"
#include "plan/print_memory_options.h"
#include "support/expect_error.h"

namespace moneta {
namespace {

struct GpuCase {
  char const* name;
  std::size_t gib, hidden, layers, timeframes;
  std::size_t micro_batch;
  MemoryOptions memory_options;
  friend void PrintTo(GpuCase const& c, std::ostream* out) { *out << c.name; }
};

Config config_of(GpuCase const& given) {
  Config config;
  config.coins = {"A", "B", "C", "D"};
  config.data.timeframes = {{"1m", 1, 240}, {"5m", 5, 144}, {"15m", 15, 96}};
  config.data.timeframes.resize(given.timeframes);
  config.model.hidden = given.hidden;
  config.model.layers = given.layers;
  config.device.memory_limit_mib = given.gib * 1024;
  return config;
}

std::vector<CoinSizes> sizes_of(Config const& config) {
  std::vector<CoinSizes> sizes;
  for (std::string const& coin : config.coins) {
    sizes.push_back({coin, 104'000, {520'000, 105'000, 36'000}, ""});
    sizes.back().rows.resize(config.data.timeframes.size());
  }
  return sizes;
}

Plan plan_of(Config const& config, BatchLimits const& limits = {}) {
  AnalyticGpu const gpu(*config.device.memory_limit_mib << 20);
  RankWork const work{{0, 1, 2, 3}, 1, 0, 0};
  return plan_rank(config, gpu, Precision::bf16, sizes_of(config), work, {}, limits);
}

class PlanRank : public testing::TestWithParam<GpuCase> {};

TEST_P(PlanRank, FitsOnTheGpu) {
  Config const config = config_of(GetParam());
  Plan const plan = plan_of(config);
  EXPECT_EQ(plan.micro_batch, GetParam().micro_batch);
  MemoryOptions saving = plan.memory_options;
  saving.overlap_weight_gradients = false;
  EXPECT_EQ(saving, GetParam().memory_options);
  EXPECT_LE(plan.total_bytes, std::size_t{GetParam().gib} << 30);
  EXPECT_GT(plan.update_seconds, 0);
  // Whether cuDNN counts elements with 32 bits is not documented.
  std::size_t const outputs = config.data.timeframes[0].steps * 2 * config.model.hidden;
  std::size_t const gates = 4 * outputs;
  EXPECT_LT(plan.micro_batch * gates, std::size_t{1} << 31);
  EXPECT_LT(plan.evaluation_batch * gates, std::size_t{1} << 31);
}

TEST_P(PlanRank, OverlapsWeightGradientsOnlyWithMemoryThatIsLeft) {
  Config const config = config_of(GetParam());
  BatchLimits never;
  never.may_overlap_weight_gradients = false;
  Plan const plan = plan_of(config), without = plan_of(config, never);
  EXPECT_FALSE(without.memory_options.overlap_weight_gradients);
  EXPECT_EQ(plan.micro_batch, without.micro_batch);
  EXPECT_EQ(plan.evaluation_batch, without.evaluation_batch);
  EXPECT_EQ(plan.reason, without.reason);
  // The price may lie within the memory of the evaluation model.
  EXPECT_GE(plan.total_bytes, without.total_bytes);
  if (!plan.memory_options.overlap_weight_gradients) {
    EXPECT_EQ(plan.total_bytes, without.total_bytes);
  }
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, PlanRank, testing::Values(
    GpuCase{"SmallModelOn8Gib",                  8, 1024, 4, 1,  128, {{false, false}, true, false, false}},
    GpuCase{"SmallModelOn12Gib",                12, 1024, 4, 1,  256, {{false, false}, true, false, false}},
    GpuCase{"SmallModelOn24Gib",                24, 1024, 4, 1,  512, {{false, false}, false, false, false}},
    GpuCase{"SmallModelOn80Gib",                80, 1024, 4, 1, 1024, {{false, false}, false, false, false}},
    GpuCase{"ThreeTimeframesOn8Gib",             8, 1024, 4, 3,   64, {{false, false}, true, true, true}},
    GpuCase{"ThreeTimeframesOn12Gib",           12, 1024, 4, 3,  128, {{false, false}, true, true, true}},
    GpuCase{"ThreeTimeframesOn24Gib",           24, 1024, 4, 3,  256, {{false, false}, true, false, false}},
    GpuCase{"ThreeTimeframesOn80Gib",           80, 1024, 4, 3, 1024, {{false, false}, false, false, false}},
    GpuCase{"LargeModelOn12Gib",                12, 1536, 5, 1,  128, {{false, false}, true, true, true}},
    GpuCase{"LargeModelOn24Gib",                24, 1536, 5, 1,  256, {{false, false}, true, false, false}},
    GpuCase{"LargeModelOn80Gib",                80, 1536, 5, 1,  512, {{false, false}, false, false, false}},
    GpuCase{"LargeModelThreeTimeframesOn9Gib",   9, 1536, 5, 3,   16, {{true, false}, true, true, true}},
    GpuCase{"LargeModelThreeTimeframesOn12Gib", 12, 1536, 5, 3,   32, {{false, false}, true, true, true}},
    GpuCase{"LargeModelThreeTimeframesOn24Gib", 24, 1536, 5, 3,  128, {{false, false}, true, true, true}},
    GpuCase{"LargeModelThreeTimeframesOn80Gib", 80, 1536, 5, 3,  512, {{false, false}, true, false, false}}),
    [](auto const& each) { return each.param.name; });
// clang-format on

TEST(PlanRankErrors, SayThatTheModelDoesNotFit) {
  Config const config = config_of({"", 6, 1536, 5, 3, 0, {}});
  expect_error(ErrorKind::device, "the model does not fit into memory", [&] { plan_of(config); });
}

/// A setting in float32 that once ran out of memory on a GPU with 12 GiB.
TEST(PlanRank, FitsTheSettingThatOnceRanOutOfMemory) {
  Config const config = config_of({"", 12, 1536, 5, 1, 0, {}});
  AnalyticGpu const gpu(std::size_t{12} << 30);
  RankWork const work{{0, 1, 2, 3}, 1, 0, 0};
  Plan const plan = plan_rank(config, gpu, Precision::f32, sizes_of(config), work, {});
  EXPECT_GE(plan.micro_batch, 32u);
  EXPECT_LE(plan.total_bytes, std::size_t{12} << 30);
}

TEST(PlanRank, UsesOnlyItsPartOfASharedGpu) {
  Config const config = config_of({"", 24, 1024, 4, 1, 0, {}});
  AnalyticGpu const gpu(std::size_t{24} << 30);
  RankWork const work{{0, 1, 2, 3}, 1, 0, 0};
  auto const limit_for = [&](ResourceSharing sharing) {
    return plan_rank(config, gpu, Precision::bf16, sizes_of(config), work, sharing).limit_bytes;
  };
  EXPECT_EQ(limit_for({8, 1}), std::size_t{24} << 30);
  EXPECT_EQ(limit_for({8, 2}), std::size_t{12} << 30);
}

/// A GPU that is present, with memory that libraries have taken.
class PresentGpu : public AnalyticGpu {
 public:
  static constexpr std::size_t later_bytes = std::size_t{64} << 20;
  PresentGpu() : AnalyticGpu(std::size_t{24} << 30) {}
  bool is_present() const override { return true; }
  std::optional<DeviceMemoryUse> memory_use() const override {
    return DeviceMemoryUse{std::size_t{24} << 30, std::size_t{2} << 30, later_bytes};
  }
};

/// What is measured may contain the libraries of all ranks on the GPU, or those of one. The kernels
/// that will be loaded later are not measured, and every rank loads its own.
TEST(PlanRank, BearsOnlyItsPartOfTheLibrariesOnASharedGpu) {
  Config const config = config_of({"", 24, 64, 1, 1, 0, {}});
  RankWork const work{{0}, 1, 0, 0};
  for (std::size_t const ranks : {1u, 2u, 4u}) {
    Plan const plan =
        plan_rank(config, PresentGpu(), Precision::bf16, sizes_of(config), work, {1, ranks, ranks});
    EXPECT_EQ(plan.lines.front().what, "libraries");
    EXPECT_EQ(plan.lines.front().bytes, (std::size_t{2} << 30) / ranks + PresentGpu::later_bytes);
    EXPECT_EQ(plan.limit_bytes, (std::size_t{24} << 30) / ranks);
    Plan const alone =
        plan_rank(config, PresentGpu(), Precision::bf16, sizes_of(config), work, {1, ranks, 1});
    EXPECT_EQ(alone.lines.front().bytes, (std::size_t{2} << 30) + PresentGpu::later_bytes);
  }
}

/// NCCL sums in device memory.
TEST(PlanRank, NeedsHostMemoryForSumsOnlyIfTheyAreComputedThere) {
  Config const config = config_of({"", 24, 64, 1, 1, 0, {}});
  RankWork const work{{0}, 2, 0, 0};
  auto const host_bytes = [&](TeamSum team_sum) {
    ResourceSharing sharing;
    sharing.team_sum = team_sum;
    return plan_rank(config, PresentGpu(), Precision::bf16, sizes_of(config), work, sharing)
        .host_bytes;
  };
  EXPECT_EQ(host_bytes(TeamSum::in_host_memory),
            host_bytes(TeamSum::between_gpus) + layout_of(config).size * sizeof(float));
}

TEST(PlanRank, OverlapsWeightGradientsOfSeveralLayersOnAGpu) {
  for (std::size_t const layers : {1u, 2u, 3u}) {
    Config const config = config_of({"", 24, 64, layers, 1, 0, {}});
    Plan const plan = plan_of(config);
    EXPECT_EQ(plan.memory_options.overlap_weight_gradients, layers > 1);
    EXPECT_EQ(plan.memory_options.recompute, Recompute{});
  }
  Config config = config_of({"", 24, 64, 2, 1, 0, {}});
  config.coins = {"A"};
  RankWork const work{{0}, 1, 0, 0};
  auto const cpu = make_cpu_backend(1);
  Plan const on_cpu = plan_rank(config, *cpu, Precision::f32, sizes_of(config), work, {});
  EXPECT_FALSE(on_cpu.memory_options.overlap_weight_gradients) << "it has no second stream";
}

TEST(PlanRank, EvaluatesInBatchesOfAnySizeOnADeviceThatComputesInHostMemory) {
  Config config = config_of({"", 24, 64, 1, 1, 0, {}});
  config.device.batch = 2048;
  config.coins = {"A"};
  RankWork const work{{0}, 1, 0, 0};
  auto const cpu = make_cpu_backend(1);
  Plan const plan = plan_rank(config, *cpu, Precision::f32, sizes_of(config), work, {});
  EXPECT_GT(plan.evaluation_batch, cpu->largest_micro_batch({}));
}

/// A bound after a shortage concerns only what a plan can change.
TEST(PlanRank, BoundsWhatItCanChange) {
  Config const config = config_of({"", 24, 64, 1, 1, 0, {}});
  RankWork const work{{0}, 1, 0, 0};
  Plan const whole = plan_rank(config, PresentGpu(), Precision::bf16, sizes_of(config), work, {});
  std::size_t const variable = whole.total_bytes - whole.unchangeable_bytes;
  EXPECT_EQ(whole.unchangeable_bytes, whole.lines[0].bytes + whole.lines[1].bytes);
  BatchLimits limits;
  limits.variable_bytes = variable / 10 * 9;
  Plan const smaller =
      plan_rank(config, PresentGpu(), Precision::bf16, sizes_of(config), work, {}, limits);
  EXPECT_EQ(smaller.unchangeable_bytes, whole.unchangeable_bytes);
  EXPECT_LE(smaller.total_bytes - smaller.unchangeable_bytes, variable / 10 * 9);
}

/// An allocation that once failed on a GPU with 12 GiB: 5 x 1536 bidirectional, T=240, N=128,
/// float32 needs 10.2 GiB if all layers keep their workspaces.
TEST(AnalyticGpuBytes, MatchAReportedAllocation) {
  AnalyticGpu const gpu(std::size_t{12} << 30);
  LstmShape const above{240, 128, 2 * 1536, 2 * 1536, 1536, 2, Precision::f32, true};
  double const workspace_gib = static_cast<double>(gpu.lstm_bytes(above).workspace) / (1 << 30);
  EXPECT_NEAR(workspace_gib, 240.0 * 128 * 2 * 1536 * 5 * 4 / (1 << 30), 1e-9);
  LstmShape half = above;
  half.precision = Precision::bf16;
  EXPECT_EQ(gpu.lstm_bytes(half).workspace, gpu.lstm_bytes(above).workspace / 2);
}

TEST(GpuSpeed, IsHalfOfTheDataSheets) {
  // Dense bf16 with float32 sums; the data sheets count a multiply-add as two operations.
  EXPECT_NEAR(gpu_speed(132, 1.83e9, 9, 0, Precision::bf16).products_per_s, 989e12 / 2 / 2, 5e12);
  EXPECT_NEAR(gpu_speed(108, 1.41e9, 8, 0, Precision::bf16).products_per_s, 312e12 / 2 / 2, 5e12);
  EXPECT_NEAR(gpu_speed(80, 1.665e9, 8, 6, Precision::bf16).products_per_s, 68e12 / 2 / 2, 1e12);
  EXPECT_NEAR(gpu_speed(80, 1.665e9, 8, 6, Precision::f32).products_per_s, 34e12 / 2 / 2, 1e12);
}

}  // namespace
}  // namespace moneta
