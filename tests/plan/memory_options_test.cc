// SPDX-License-Identifier: Apache-2.0
#include "plan/memory_options.h"

#include <gtest/gtest.h>

#include <tuple>

#include "plan/plan_request.h"

namespace moneta {
namespace {

TEST(MemoryOptionsText, NamesEveryOption) {
  EXPECT_EQ(to_text({}), "keep everything");
  EXPECT_EQ(to_text({{true, false}, true, false, false}),
            "recompute layers, offload inactive coins");
  EXPECT_EQ(to_text({{true, true}, true, false, false}),
            "recompute layers and timeframes, offload inactive coins");
  EXPECT_EQ(to_text({{false, true}, true, true, true}),
            "recompute timeframes, offload inactive coins and moments, share one model");
  EXPECT_EQ(to_text({{}, false, false, true}), "offload moments");
  EXPECT_EQ(to_text({.overlap_weight_gradients = true}),
            "keep everything, overlap weight gradients");
  EXPECT_EQ(to_text({.share_model = true, .overlap_weight_gradients = true}),
            "share one model, overlap weight gradients");
}

struct MemoryOptionsCase {
  char const* name;
  std::size_t limit_mib;
  MemoryOptions options;
  std::size_t micro_batch;
  friend void PrintTo(MemoryOptionsCase const& c, std::ostream* out) { *out << c.name; }
};

class MemoryOptionsChoice : public testing::TestWithParam<MemoryOptionsCase> {};

TEST_P(MemoryOptionsChoice, IsTheFastestThatFits) {
  Plan const plan = make_plan(request_with_memory_options(GetParam().limit_mib));
  EXPECT_EQ(plan.memory_options, GetParam().options);
  EXPECT_EQ(plan.micro_batch, GetParam().micro_batch);
  EXPECT_LE(plan.total_bytes, plan.limit_bytes);
  ASSERT_EQ(plan.choices.size(), 4u);
  for (PlanChoice const& choice : plan.choices) {
    if (choice.micro_batch > 0) {
      EXPECT_GE(choice.update_seconds, 0.98 * plan.update_seconds)
          << to_text(choice.memory_options);
    } else {
      EXPECT_GT(choice.missing_bytes, 0u) << to_text(choice.memory_options);
    }
  }
}

// State of four coins and gradients: 1,300 MiB; of one coin: 400.
// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, MemoryOptionsChoice, testing::Values(
    MemoryOptionsCase{"KeepEverything",              1300 + 3600, {{false}, false}, 4},
    MemoryOptionsCase{"OneByteTooLittleToKeepAll",   1300 + 3599, {{false}, true},  4},
    MemoryOptionsCase{"OffloadInactive",              400 + 3600, {{false}, true},  4},
    MemoryOptionsCase{"OffloadInactiveHalfTheBatch",  400 + 1800, {{false}, true},  2},
    MemoryOptionsCase{"OffloadBeforeASmallerBatch",  1300 +  900, {{false}, true},  2},
    MemoryOptionsCase{"AllOptions",                   400 +  899, {{true},  true},  2},
    MemoryOptionsCase{"SmallestThatFits",             400 +  300, {{true},  true},  1}),
    [](auto const& each) { return each.param.name; });
// clang-format on

TEST(MemoryOptionsChoice, PrefersTheMicroBatchOfAnEarlierStart) {
  // Room for one sequence, or for two whose layers are recomputed.
  PlanRequest request = request_with_memory_options(1300 + 900);
  EXPECT_EQ(make_plan(request).micro_batch, 2u);
  MemoryOptions recompute;
  recompute.recompute.layers = true;
  request.memory_options = {{}, recompute};
  for (auto const& [at_most, micro_batch, layers] :
       {std::tuple(4u, 1u, false), std::tuple(2u, 2u, true), std::tuple(1u, 1u, false)}) {
    request.micro_batch_at_most = at_most;
    Plan const plan = make_plan(request);
    EXPECT_EQ(plan.micro_batch, micro_batch) << at_most;
    EXPECT_EQ(plan.memory_options.recompute.layers, layers) << at_most;
  }
}

struct MemoryBytesCase {
  char const* name;
  MemoryOptions options;
  std::size_t evaluation_batch;
  std::size_t device_mib, host_mib;
  friend void PrintTo(MemoryBytesCase const& c, std::ostream* out) { *out << c.name; }
};

class MemoryOptionsBytes : public testing::TestWithParam<MemoryBytesCase> {};

TEST_P(MemoryOptionsBytes, AreMovedFromTheDeviceToTheHost) {
  PlanRequest request = request_of_a_gpu(GetParam().options);
  request.evaluation_batch = GetParam().evaluation_batch;
  Plan const plan = make_plan(request);
  EXPECT_EQ(plan.micro_batch, 4u);
  EXPECT_EQ(plan.total_bytes, GetParam().device_mib * mib);
  EXPECT_EQ(plan.host_bytes, GetParam().host_mib * mib);
  std::size_t sum = 0;
  for (PlanLine const& line : plan.lines) sum += line.bytes;
  EXPECT_EQ(sum, plan.total_bytes);
}

constexpr std::size_t training_mib = 100 + 4 * 500 + 100;  // with gradients
// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, MemoryOptionsBytes, testing::Values(
    MemoryBytesCase{"KeepEverything",  {}, 4,                        training_mib + 1200 + 50, host_constant_mib},
    MemoryBytesCase{"LargeEvaluation", {}, 16,                       training_mib + 1200 + 50 + 1200, host_constant_mib},
    MemoryBytesCase{"OffloadInactive", {{}, true}, 4,                training_mib + 300 + 50, host_constant_mib + 1200},
    MemoryBytesCase{"ShareModel",      {{}, false, true}, 16,        training_mib + 1200, host_constant_mib},
    MemoryBytesCase{"OffloadMoments",  {{}, false, false, true}, 4,  training_mib + 400 + 20 + 50, host_constant_mib + 800},
    MemoryBytesCase{"OffloadAll",      {{}, true, true, true}, 4,    training_mib + 100 + 20, host_constant_mib + 1200}),
    [](auto const& each) { return each.param.name; });
// clang-format on

TEST(MemoryOptionsChoice, IsNotOffloadedToAHostWithTooLittleMemory) {
  PlanRequest request = request_of_a_gpu({});
  request.host->limit_bytes = (host_constant_mib + 1200) * mib - 1;
  MemoryOptions offload;
  offload.offload_inactive = true;
  request.memory_options = {{}, offload};
  Plan const plan = make_plan(request);
  EXPECT_EQ(plan.memory_options, MemoryOptions{});
  EXPECT_EQ(plan.choices[1].micro_batch, 0u);
  EXPECT_EQ(plan.choices[1].missing_host_bytes, 1u);
}

}  // namespace
}  // namespace moneta
