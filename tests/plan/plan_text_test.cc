// SPDX-License-Identifier: Apache-2.0
#include "plan/plan_text.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "plan/plan_request.h"
#include "support/error_text.h"

namespace moneta {
namespace {

TEST(PlanLines, AddUpAndAreExplained) {
  PlanRequest request = request_of(1024, (3'697 + 2 * 3 * 10) * mib);
  request.snapshots = 2;
  Plan const plan = make_plan(request);
  std::size_t sum = 0;
  for (PlanLine const& line : plan.lines) {
    sum += line.bytes;
    EXPECT_FALSE(line.what.empty());
    EXPECT_FALSE(line.why.empty());
  }
  EXPECT_EQ(plan.total_bytes, sum);
  EXPECT_EQ(sum, (constant_mib + 2 * 3 * 10 + 40 + 1280 + 20 + 1024) * mib);
  ASSERT_EQ(plan.lines.size(), 7u);
  EXPECT_EQ(plan.lines[2].what, "parameters, moments (4 coins)");
  EXPECT_EQ(plan.lines[2].why, "4 coins x 3 arrays of 2,621,440 floats");
  EXPECT_EQ(plan.lines[3].bytes, 10 * mib);
  EXPECT_EQ(plan.lines[4].bytes, 60 * mib);
  EXPECT_EQ(plan.lines[4].why, "2 snapshots of parameters and moments");
  EXPECT_EQ(plan.lines[5].why, "forward and backward pass of 128 sequences, keep everything");
}

TEST(PlanLines, CountTheStateOfACoinThatIsLoaded) {
  for (bool const on_gpu : {false, true}) {
    PlanRequest request = on_gpu ? request_of_a_gpu({}) : request_of(1024, 100'000 * mib);
    Plan const without = make_plan(request);
    request.loaded_states = 1;
    Plan const plan = make_plan(request);
    std::size_t const state_bytes = 3 * request.parameters * sizeof(float);
    EXPECT_EQ(plan.total_bytes, without.total_bytes + (on_gpu ? 0 : state_bytes));
    EXPECT_EQ(plan.host_bytes, without.host_bytes + (on_gpu ? state_bytes : 0));
    PlanLine const& line = on_gpu ? plan.host_lines.back() : plan.lines[4];
    EXPECT_EQ(line.what, "checkpoints being written or read");
    EXPECT_NE(line.why.find("and those of a coin that is loaded"), std::string::npos) << line.why;
  }
}

struct ReasonCase {
  char const* name;
  std::size_t effective, limit_mib;
  char const* reason;
  friend void PrintTo(ReasonCase const& c, std::ostream* out) { *out << c.name; }
};

class PlanReason : public testing::TestWithParam<ReasonCase> {};

TEST_P(PlanReason, SaysWhyTheMicroBatchIsNotLarger) {
  EXPECT_EQ(make_plan(request_of(GetParam().effective, GetParam().limit_mib * mib)).reason,
            GetParam().reason);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, PlanReason, testing::Values(
    ReasonCase{"LargestOfTheDevice", 1024, 100'000,
               "one update is 8 x 128 sequences; a larger one does not run faster on this device"},
    ReasonCase{"WholeUpdate", 24, 100'000,
               "one update is 1 x 24 sequences; the whole update fits at once"},
    ReasonCase{"Memory", 1024, 1'757,
               "one update is 16 x 64 sequences; the next larger divisor of 1,024 is 128, which "
               "needs 21 MiB more"},
    ReasonCase{"LargestDivisor", 1000, 100'000,
               "one update is 8 x 125 sequences; the largest divisor of 1,000 up to 128"},
    ReasonCase{"Prime", 1021, 100'000,
               "one update is 1,021 x 1 sequence; the largest divisor of 1,021 up to 128; a "
               "train.batch x train.accumulate with more divisors would run faster"}),
    [](auto const& each) { return each.param.name; });
// clang-format on

TEST(PlanReason, NamesTheLimitOfOtherRanksOrEarlierStarts) {
  PlanRequest request = request_of(1024, 100'000 * mib);
  request.micro_batch_at_most = 32;
  EXPECT_EQ(make_plan(request).reason,
            "one update is 32 x 32 sequences; other ranks or an earlier start of the run limit it");
}

/// Expects that the request cannot be planned, for want of memory, and returns the message.
std::string refusal(PlanRequest const& request) {
  return error_text(ErrorKind::device, [&] { make_plan(request); });
}

/// Expects `text` to contain each of `parts`.
void expect_parts(std::string const& text, std::vector<char const*> const& parts) {
  for (char const* part : parts) {
    EXPECT_NE(text.find(part), std::string::npos) << "expected: " << part << "\ngot: " << text;
  }
}

TEST(PlanErrors, ListTheBytesOfAModelThatDoesNotFitOnTheDevice) {
  expect_parts(refusal(request_of(1024, smallest_mib * mib - 1)),
               {"one sequence needs 381 MiB", " 1 MiB more", "the 381 MiB that this rank may use",
                "71 MiB for the model with one sequence",
                "130 MiB for parameters, gradients and moments of 4 coins",
                "0.0 MiB for checkpoints being written", "50 MiB for rows", "130 MiB for libraries",
                "Lower model.hidden, model.layers or the steps in data.timeframes",
                "device.memory_limit_mib", "device.memory_fraction"});
}

TEST(PlanErrors, NameTheMemoryOptionsThatNeedTheLeast) {
  expect_parts(refusal(request_with_memory_options(699)),
               {"(recompute layers, offload inactive coins) needs 700 MiB"});
}

TEST(PlanErrors, ListTheBytesOfCoinsThatDoNotFitOnTheHost) {
  MemoryOptions offload;
  offload.offload_inactive = true;
  PlanRequest request = request_of_a_gpu(offload);
  request.host->limit_bytes = (host_constant_mib + 1200) * mib;
  EXPECT_EQ(make_plan(request).micro_batch, 4u);
  request.host->limit_bytes -= 1;
  expect_parts(
      refusal(request),
      {"does not fit into host memory", "(offload inactive coins)", "needs 2,870 MiB",
       " 1 MiB more", "the 2,870 MiB that this rank may use", "1,200 MiB for the state of coins",
       "600 MiB for checkpoints being written", "70 MiB for rows", "placement", "model.hidden",
       "model.layers", "device.memory_fraction"});
}

TEST(PlanErrors, SuggestBf16IfItWouldHalveTheActivations) {
  PlanRequest request = request_of(1024, 0);
  EXPECT_EQ(refusal(request).find("bf16"), std::string::npos);
  request.wide_activations = true;
  expect_parts(refusal(request), {"Set train.precision=bf16, lower model.hidden"});
}

TEST(PlanErrors, SuggestTheKeysThatMatterMost) {
  expect_parts(refusal(request_of(1024, 0)),
               {"Lower model.hidden or model.layers, assign fewer coins to this rank"});
  PlanRequest many_rows = request_of(1024, 1000 * mib);
  many_rows.row_bytes = 5000 * mib;
  expect_parts(refusal(many_rows),
               {"4,331 MiB more", "Lower data.days, assign fewer coins to this rank"});
}

}  // namespace
}  // namespace moneta
