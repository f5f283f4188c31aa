// SPDX-License-Identifier: Apache-2.0
// Gradients of weights are overlapped with memory that a plan leaves, and never at its expense.
#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "plan/plan_request.h"

namespace moneta {
namespace {

constexpr std::size_t price_mib = 200;

/// `request` for a device that can overlap, which takes 200 MiB of the arena.
PlanRequest with_overlap(PlanRequest request) {
  request.may_overlap_weight_gradients = true;
  request.training_bytes = [without = request.training_bytes](std::size_t batch,
                                                              MemoryOptions const& options) {
    ModelBytes bytes = without(batch, options);
    if (options.overlap_weight_gradients) bytes.arena += price_mib * mib;
    return bytes;
  };
  return request;
}

/// Expects that the overlap has not changed anything else.
void expect_same_besides_overlap(Plan const& plan, Plan const& without) {
  MemoryOptions options = plan.memory_options;
  options.overlap_weight_gradients = false;
  EXPECT_EQ(options, without.memory_options);
  EXPECT_EQ(plan.micro_batch, without.micro_batch);
  EXPECT_EQ(plan.evaluation_batch, without.evaluation_batch);
  EXPECT_EQ(plan.update_seconds, without.update_seconds);
  EXPECT_EQ(plan.reason, without.reason);
  EXPECT_EQ(plan.host_bytes, without.host_bytes);
}

TEST(OverlapChoice, TakesMemoryThatIsLeftToTheByte) {
  PlanRequest request = with_overlap(request_with_memory_options(1300 + 3600 + price_mib));
  Plan const plan = make_plan(request);
  EXPECT_TRUE(plan.memory_options.overlap_weight_gradients);
  EXPECT_EQ(plan.micro_batch, 4u);
  EXPECT_EQ(plan.total_bytes, request.limit_bytes);
  request.limit_bytes -= 1;
  EXPECT_FALSE(make_plan(request).memory_options.overlap_weight_gradients);
}

TEST(OverlapChoice, ChangesNothingElseInAPlan) {
  std::size_t overlapped = 0;
  for (std::size_t limit = 750; limit < 6000; limit += 50) {
    for (std::size_t const evaluation_batch : {1u, 16u}) {
      PlanRequest request = request_with_memory_options(limit);
      request.evaluation_batch = evaluation_batch;
      request.evaluation_bytes = [](std::size_t batch) {
        return ModelBytes{batch * 300 * mib, batch * mib};
      };
      Plan const without = make_plan(request);
      Plan const plan = make_plan(with_overlap(request));
      expect_same_besides_overlap(plan, without);
      EXPECT_LE(plan.total_bytes, plan.limit_bytes);
      EXPECT_FALSE(without.memory_options.overlap_weight_gradients);
      if (plan.memory_options.overlap_weight_gradients) ++overlapped;
    }
  }
  EXPECT_GT(overlapped, 20u);
}

/// A forward pass comes between two backward passes, so nothing would overlap.
TEST(OverlapChoice, IsNotMadeIfLayersAreRecomputed) {
  PlanRequest request = with_overlap(request_with_memory_options(100'000));
  MemoryOptions layers, timeframes;
  layers.recompute.layers = true;
  timeframes.recompute.timeframes = true;
  for (auto const& [options, overlaps] : {std::pair(layers, false), std::pair(timeframes, true)}) {
    request.memory_options = {options};
    EXPECT_EQ(make_plan(request).memory_options.overlap_weight_gradients, overlaps);
  }
}

TEST(OverlapChoice, IsInTheTextOfThePlan) {
  Plan const plan = make_plan(with_overlap(request_with_memory_options(100'000)));
  auto const chosen = std::find_if(
      plan.choices.begin(), plan.choices.end(),
      [&](PlanChoice const& each) { return each.memory_options == plan.memory_options; });
  ASSERT_NE(chosen, plan.choices.end());
  EXPECT_EQ(to_text(chosen->memory_options), "keep everything, overlap weight gradients");
  EXPECT_TRUE(std::any_of(plan.lines.begin(), plan.lines.end(), [](PlanLine const& line) {
    return line.what == "training model" && line.bytes == (3600 + price_mib) * mib &&
           line.why ==
               "forward and backward pass of 4 sequences, keep everything, overlap weight gradients";
  }));
}

}  // namespace
}  // namespace moneta
