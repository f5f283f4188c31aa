// SPDX-License-Identifier: Apache-2.0
#include "plan/plan.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "plan/plan_request.h"
#include "support/error_text.h"

namespace moneta {
namespace {

struct PlanCase {
  char const* name;
  std::size_t effective, limit_mib;
  std::size_t micro_batch, evaluation_batch;
  friend void PrintTo(PlanCase const& c, std::ostream* out) { *out << c.name; }
};

class MakePlan : public testing::TestWithParam<PlanCase> {};

TEST_P(MakePlan, TakesTheLargestBatchesThatFit) {
  PlanCase const& expected = GetParam();
  PlanRequest const request = request_of(expected.effective, expected.limit_mib * mib);
  Plan const plan = make_plan(request);
  EXPECT_EQ(plan.micro_batch, expected.micro_batch) << plan.reason;
  EXPECT_EQ(plan.evaluation_batch, expected.evaluation_batch);
  EXPECT_EQ(expected.effective % plan.micro_batch, 0u);
  EXPECT_LE(plan.total_bytes, request.limit_bytes);
  EXPECT_EQ(plan.limit_bytes, request.limit_bytes);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, MakePlan, testing::Values(
    PlanCase{"EverythingFits",              1024, 100'000, 128, 2048},
    PlanCase{"EvaluationBatchHalved",       1024,   3'697, 128, 1024},
    PlanCase{"EvaluationBatchAsMicroBatch", 1024,   1'900, 128, 128},
    PlanCase{"ExactlyEnough",               1024,   1'778, 128, 128},
    PlanCase{"NextDivisorByOneTooFew",      1024,   1'777,  64, 512},
    PlanCase{"OnlyOneSequence",             1024, smallest_mib, 1, 1},
    PlanCase{"OneSequenceAndEvaluation",    1024, smallest_mib + 7, 1, 8},
    PlanCase{"Thousand",                    1000, 100'000, 125, 2000},
    PlanCase{"ThousandInLittleMemory",      1000,     800,  25, 100},
    PlanCase{"PrimeThatFits",                127, 100'000, 127, 2032},
    PlanCase{"PrimeThatDoesNotFit",          127,     800,   1, 256},
    PlanCase{"PrimeAboveTheLargest",        1021, 100'000,   1, 2048},
    PlanCase{"TwicePrime",                   254, 100'000, 127, 2032},
    PlanCase{"TwiceALargePrime",            1018, 100'000,   2, 2048},
    PlanCase{"BatchOfOneSequence",             1, 100'000,   1, 2048},
    PlanCase{"SmallBatch",                    24, 100'000,  24, 1536},
    PlanCase{"SmallBatchInLittleMemory",      24,     520,  12, 24}),
    [](auto const& each) { return each.param.name; });
// clang-format on

TEST(MakePlan, KeepsTheEvaluationBatchWithinItsBound) {
  PlanRequest request = request_of(1024, unlimited);
  for (std::size_t bound : {1u, 100u, 128u, 255u, 256u}) {
    request.evaluation_batch = bound;
    EXPECT_EQ(make_plan(request).evaluation_batch, bound < 128 ? bound : bound < 256 ? 128u : 256u);
  }
}

/// With one model, smaller batches are padded.
TEST(MakePlan, KeepsTheEvaluationBatchOfASharedModelWithinItsBound) {
  PlanRequest request = request_of(1024, unlimited);
  request.memory_options.front().share_model = true;
  for (std::size_t bound : {1u, 100u, 128u, 2048u}) {
    request.evaluation_batch = bound;
    EXPECT_EQ(make_plan(request).evaluation_batch, std::min<std::size_t>(bound, 128));
  }
}

TEST(MakePlan, FitsForEveryLimitAndEffectiveBatch) {
  for (std::size_t effective = 1; effective <= 150; ++effective) {
    for (std::size_t limit = smallest_mib; limit < 4000; limit += 97) {
      PlanRequest const request = request_of(effective, limit * mib);
      Plan const plan = make_plan(request);
      ASSERT_EQ(effective % plan.micro_batch, 0u) << effective << " in " << limit;
      ASSERT_LE(plan.total_bytes, request.limit_bytes) << effective << " in " << limit;
      for (std::size_t larger = plan.micro_batch + 1; larger <= 128; ++larger) {
        ASSERT_TRUE(effective % larger != 0 || constant_mib + 60 + 11 * larger > limit)
            << effective << " in " << limit << " could take " << larger;
      }
    }
  }
}

TEST(MakePlanErrors, RejectsBatchesOfSizeZero) {
  for (auto const member : {&PlanRequest::effective_batch, &PlanRequest::evaluation_batch,
                            &PlanRequest::largest_micro_batch}) {
    PlanRequest request = request_of(1024, unlimited);
    request.*member = 0;
    std::string const text = error_text(ErrorKind::config, [&] { make_plan(request); });
    EXPECT_NE(text.find("a batch size is 0"), std::string::npos) << text;
  }
}

TEST(MakePlanErrors, RejectsARequestWithoutTheBytesOfTheModel) {
  PlanRequest request = request_of(1024, unlimited);
  request.training_bytes = nullptr;
  std::string const text = error_text(ErrorKind::internal, [&] { make_plan(request); });
  EXPECT_NE(text.find("the bytes of a model"), std::string::npos) << text;
}

}  // namespace
}  // namespace moneta
