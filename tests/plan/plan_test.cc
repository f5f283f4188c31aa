// SPDX-License-Identifier: Apache-2.0
#include "plan/plan.h"

#include <gtest/gtest.h>

#include <limits>
#include <tuple>

#include "base/error.h"

namespace moneta {
namespace {

constexpr std::size_t mib = 1 << 20;
constexpr std::size_t endless = std::numeric_limits<std::size_t>::max();

/// 130 MiB of libraries, 50 of rows, 4 coins x 3 arrays and one for all x 10 MiB; 40 MiB + 10 per
/// sequence to train, 20 MiB + 1 per sequence to evaluate.
PlanRequest request_of(std::size_t effective, std::size_t limit_bytes) {
  PlanRequest request;
  request.effective_batch = effective;
  request.evaluation_batch = 2048;
  request.largest_micro_batch = 128;
  request.parameters = 10 * mib / sizeof(float);
  request.coins = 4;
  request.snapshots = 0;
  request.row_bytes = 50 * mib;
  request.fixed_bytes = 130 * mib;
  request.limit_bytes = limit_bytes;
  request.training_bytes = [](std::size_t batch, MemoryOptions const&) {
    return ModelBytes{0, (40 + 10 * batch) * mib};
  };
  request.evaluation_bytes = [](std::size_t batch) { return ModelBytes{0, (20 + batch) * mib}; };
  request.update_seconds = [](std::size_t batch, MemoryOptions const&) {
    return 1.0 / static_cast<double>(batch);
  };
  return request;
}
constexpr std::size_t constant_mib = 130 + 50 + 4 * 3 * 10 + 10;
constexpr std::size_t smallest_mib = constant_mib + (40 + 10) + (20 + 1);

struct PlanCase {
  char const* name;
  std::size_t effective, limit_mib;
  std::size_t micro_batch, evaluation_batch;
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
    PlanCase{"EverythingFits",            1024, 100'000, 128, 2048},
    PlanCase{"EvaluationIsHalved",        1024,   3'697, 128, 1024},
    PlanCase{"EvaluationAsTheMicroBatch", 1024,   1'900, 128, 128},
    PlanCase{"ExactlyEnough",             1024,   1'778, 128, 128},
    PlanCase{"NextDivisorByOneTooFew",    1024,   1'777,  64, 512},
    PlanCase{"OnlyOneSequence",           1024, smallest_mib, 1, 1},
    PlanCase{"OneSequenceAndEvaluation",  1024, smallest_mib + 7, 1, 8},
    PlanCase{"Thousand",                  1000, 100'000, 125, 2000},
    PlanCase{"ThousandInLittle",          1000,     800,  25, 100},
    PlanCase{"PrimeThatFits",              127, 100'000, 127, 2032},
    PlanCase{"PrimeThatDoesNot",           127,     800,   1, 256},
    PlanCase{"PrimeAboveTheLargest",      1021, 100'000,   1, 2048},
    PlanCase{"TwicePrime",                 254, 100'000, 127, 2032},
    PlanCase{"TwiceALargePrime",          1018, 100'000,   2, 2048},
    PlanCase{"OneSequenceInAll",             1, 100'000,   1, 2048},
    PlanCase{"SmallBatch",                  24, 100'000,  24, 1536},
    PlanCase{"SmallBatchInLittle",          24,     520,  12, 24}),
    [](auto const& each) { return each.param.name; });
// clang-format on

TEST(MakePlanTable, AddsUpItsLinesAndSaysWhatTheyAre) {
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
  EXPECT_EQ(plan.lines[2].what, "parameters, optimizer (4 coins)");
  EXPECT_EQ(plan.lines[2].why, "4 coins x 3 arrays of 2,621,440 floats");
  EXPECT_EQ(plan.lines[3].bytes, 10 * mib);
  EXPECT_EQ(plan.lines[4].bytes, 60 * mib);
  EXPECT_EQ(plan.lines[4].why, "2 snapshots of parameters and optimizer");
  EXPECT_EQ(plan.lines[5].why, "forward and backward of 128 sequences at a time, keep everything");
}

TEST(MakePlan, KeepsEvaluationWithinItsOwnBound) {
  PlanRequest request = request_of(1024, endless);
  for (std::size_t bound : {1u, 100u, 128u, 255u, 256u}) {
    request.evaluation_batch = bound;
    EXPECT_EQ(make_plan(request).evaluation_batch, bound < 128 ? bound : bound < 256 ? 128u : 256u);
  }
}

TEST(MakePlan, HoldsForEveryLimitAndEffectiveBatch) {
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

struct ReasonCase {
  char const* name;
  std::size_t effective, limit_mib;
  char const* reason;
};

class PlanReason : public testing::TestWithParam<ReasonCase> {};

TEST_P(PlanReason, SaysWhyTheMicroBatchIsNotLarger) {
  EXPECT_EQ(make_plan(request_of(GetParam().effective, GetParam().limit_mib * mib)).reason,
            GetParam().reason);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, PlanReason, testing::Values(
    ReasonCase{"Largest", 1024, 100'000,
               "one update is 8 x 128 sequences: more does not run faster here"},
    ReasonCase{"Whole", 24, 100'000,
               "one update is 1 x 24 sequences: the whole update fits at once"},
    ReasonCase{"Memory", 1024, 1'757,
               "one update is 16 x 64 sequences: the next larger divisor of 1,024, 128, needs "
               "21 MiB more than there is"},
    ReasonCase{"Divisor", 1000, 100'000,
               "one update is 8 x 125 sequences: the largest divisor of 1,000 up to 128"},
    ReasonCase{"Prime", 1021, 100'000,
               "one update is 1,021 x 1 sequence: the largest divisor of 1,021 up to 128; a "
               "train.batch x train.accumulate with more divisors would run faster"}),
    [](auto const& each) { return each.param.name; });
// clang-format on

std::string refusal(PlanRequest const& request, ErrorKind kind) {
  try {
    make_plan(request);
  } catch (Error const& error) {
    EXPECT_EQ(error.kind(), kind);
    return error.what();
  }
  ADD_FAILURE() << "a plan was made";
  return "";
}

/// 900 MiB a sequence if everything is kept, 300 if layers are computed again, and that takes a
/// third longer; a coin's state is 3 x 100 MiB; 8 sequences an update, no more than 4 at a time.
PlanRequest request_with_memory_options(std::size_t limit_mib) {
  PlanRequest request;
  request.effective_batch = 8;
  request.evaluation_batch = 1;
  request.largest_micro_batch = 4;
  request.parameters = 100 * mib / sizeof(float);
  request.coins = 4;
  request.snapshots = 0;
  request.limit_bytes = limit_mib * mib;
  request.memory_options = {{}, {true, false, false}, {false, false, true}, {true, false, true}};
  request.training_bytes = [](std::size_t batch, MemoryOptions const& memory_options) {
    return ModelBytes{batch * (memory_options.recompute_layers ? 300 : 900) * mib, 0};
  };
  request.evaluation_bytes = [](std::size_t) { return ModelBytes{}; };
  request.update_seconds = [](std::size_t batch, MemoryOptions const& memory_options) {
    return (memory_options.recompute_layers ? 4.0 : 3.0) * (1 + 0.1 / static_cast<double>(batch));
  };
  return request;
}

struct LeverCase {
  char const* name;
  std::size_t limit_mib;
  MemoryOptions memory_options;
  std::size_t micro_batch;
};

class PullLevers : public testing::TestWithParam<LeverCase> {};

TEST_P(PullLevers, OnlyAsFarAsMemoryAsks) {
  Plan const plan = make_plan(request_with_memory_options(GetParam().limit_mib));
  EXPECT_EQ(plan.memory_options, GetParam().memory_options) << to_text(plan.memory_options);
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
INSTANTIATE_TEST_SUITE_P(Table, PullLevers, testing::Values(
    LeverCase{"EverythingKept",        1300 + 3600, {false, false, false}, 4},
    LeverCase{"LessAtATime",           1300 + 3599, {false, false, true},  4},
    LeverCase{"IdleCoinsAway",          400 + 3600, {false, false, true},  4},
    LeverCase{"IdleCoinsAndLess",       400 + 1800, {false, false, true},  2},
    LeverCase{"OneAtATime",            1300 +  900, {false, false, true},  2},
    LeverCase{"AllLevers",              400 +  899, {true,  false, true},  2},
    LeverCase{"TheLeastThatFits",       400 +  300, {true,  false, true},  1}),
    [](auto const& each) { return each.param.name; });
// clang-format on

TEST(PullLeversErrors, SayWhatEvenAllLeversNeed) {
  std::string const text = refusal(request_with_memory_options(699), ErrorKind::device);
  EXPECT_NE(text.find("even one sequence at a time (recompute layers, offload inactive "
                      "coins) needs 700 MiB"),
            std::string::npos)
      << text;
}

TEST(PullLeversText, AreSaidInWords) {
  EXPECT_EQ(to_text(MemoryOptions{}), "keep everything");
  EXPECT_EQ(to_text(MemoryOptions{true, true, true}),
            "recompute layers and timeframes, offload inactive coins");
  EXPECT_EQ(to_text(MemoryOptions{false, true, true, true, true}),
            "recompute timeframes, offload inactive coins and moments, share one model");
  EXPECT_EQ(to_text(MemoryOptions{false, false, false, false, true}), "moments on the host");
}

/// 100 MiB of gradients, 4 coins x 300 MiB of state; 500 MiB of arena and 100 for itself a
/// sequence to train, 200 and 50 to evaluate; streaming takes 20 MiB.
PlanRequest request_of_a_device(MemoryOptions const& memory_options) {
  PlanRequest request = request_with_memory_options(100'000);
  request.memory_options = {memory_options};
  request.moment_stream_bytes = 20 * mib;
  request.training_bytes = [](std::size_t batch, MemoryOptions const&) {
    return ModelBytes{batch * 500 * mib, 100 * mib};
  };
  request.evaluation_bytes = [](std::size_t batch) {
    return ModelBytes{batch * 200 * mib, 50 * mib};
  };
  request.snapshots = 2;
  request.host = HostBudget{1000 * mib, 70 * mib};
  return request;
}

struct BytesCase {
  char const* name;
  MemoryOptions memory_options;
  std::size_t evaluation_batch;
  std::size_t device_mib, host_mib;
};

class LeverBytes : public testing::TestWithParam<BytesCase> {};

TEST_P(LeverBytes, AreThoseOfTheDeviceAndOfTheHost) {
  PlanRequest request = request_of_a_device(GetParam().memory_options);
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
constexpr std::size_t host_constant_mib = 1000 + 70 + 2 * 300;
// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, LeverBytes, testing::Values(
    BytesCase{"Kept",            {}, 4,                                 training_mib + 1200 + 50, host_constant_mib},
    BytesCase{"LargeEvaluation", {}, 16,                                training_mib + 1200 + 50 + 1200, host_constant_mib},
    BytesCase{"IdleCoinsAway",   {false, false, true}, 4,               training_mib + 300 + 50, host_constant_mib + 1200},
    BytesCase{"OneModel",        {false, false, false, true}, 16,       training_mib + 1200, host_constant_mib},
    BytesCase{"MomentsAway",     {false, false, false, false, true}, 4, training_mib + 400 + 20 + 50, host_constant_mib + 800},
    BytesCase{"AllAway",         {false, false, true, true, true}, 4,   training_mib + 100 + 20, host_constant_mib + 1200}),
    [](auto const& each) { return each.param.name; });
// clang-format on

TEST(LeverBytesErrors, SayThatTheHostHasTooLittle) {
  PlanRequest request = request_of_a_device({false, false, true});
  request.host->limit_bytes = (host_constant_mib + 1200) * mib;
  EXPECT_EQ(make_plan(request).micro_batch, 4u);
  request.host->limit_bytes -= 1;
  EXPECT_EQ(
      refusal(request, ErrorKind::device),
      "the model does not fit into memory: the device would have room for it (offload "
      "inactive coins), but of the host's memory 2,870 MiB are needed and this rank may take 2,870 "
      "MiB, 1 MiB too few (1,200 MiB for the state of coins, 600 MiB for checkpoints being "
      "written, 70 MiB for rows). Give this rank fewer coins (placement, or more machines), "
      "lower model.hidden or model.layers, or raise device.memory_fraction?");
  // Where the device has room for all, nothing is moved to a host that has none.
  request.memory_options = {{}, {false, false, true}};
  Plan const plan = make_plan(request);
  EXPECT_EQ(plan.memory_options, MemoryOptions{});
  EXPECT_EQ(plan.choices[1].micro_batch, 0u);
  EXPECT_EQ(plan.choices[1].missing_host_bytes, 1u);
}

TEST(MakePlan, KeepsTheMicroBatchOfAnEarlierStartIfLeversAllowIt) {
  PlanRequest request =
      request_with_memory_options(1300 + 900);  // one sequence, or two computed again
  EXPECT_EQ(make_plan(request).micro_batch, 2u);
  request.memory_options = {{}, {true}};
  for (auto const& [at_most, micro_batch, layers] :
       {std::tuple(4u, 1u, false), std::tuple(2u, 2u, true), std::tuple(1u, 1u, false)}) {
    request.micro_batch_at_most = at_most;
    Plan const plan = make_plan(request);
    EXPECT_EQ(plan.micro_batch, micro_batch) << at_most;
    EXPECT_EQ(plan.memory_options.recompute_layers, layers) << at_most;
  }
}

TEST(MakePlanErrors, NamesSixteenBitsWhereTheyWouldHelp) {
  PlanRequest request = request_of(1024, 0);
  EXPECT_EQ(refusal(request, ErrorKind::device).find("bf16"), std::string::npos);
  request.wide_activations = true;
  EXPECT_NE(refusal(request, ErrorKind::device).find("Set train.precision=bf16, or: Lower"),
            std::string::npos);
}

TEST(MakePlanErrors, SaysByHowMuchAModelDoesNotFit) {
  EXPECT_EQ(
      refusal(request_of(1024, smallest_mib * mib - 1), ErrorKind::device),
      "the model does not fit into memory: even one sequence at a time needs 381 MiB and "
      "this rank may take 381 MiB, 1 MiB too few (71 MiB for the model with one sequence, "
      "130 MiB for parameters, gradients and optimizer of 4 coins, 0.0 MiB for checkpoints being "
      "written, "
      "50 MiB for rows, 130 MiB for libraries). Lower model.hidden, model.layers or the steps in "
      "data.timeframes, or "
      "raise device.memory_limit_mib or device.memory_fraction?");
}

TEST(MakePlanErrors, NamesTheKeysThatMatterMost) {
  EXPECT_NE(refusal(request_of(1024, 0), ErrorKind::device)
                .find("Lower model.hidden or model.layers, give this rank fewer coins"),
            std::string::npos);
  PlanRequest many_rows = request_of(1024, 1000 * mib);
  many_rows.row_bytes = 5000 * mib;
  std::string const text = refusal(many_rows, ErrorKind::device);
  EXPECT_NE(text.find("4,331 MiB too few"), std::string::npos) << text;
  EXPECT_NE(text.find("Lower data.days, give this rank fewer coins"), std::string::npos) << text;
}

TEST(MakePlanErrors, RefusesBatchesOfNothing) {
  for (auto const member : {&PlanRequest::effective_batch, &PlanRequest::evaluation_batch,
                            &PlanRequest::largest_micro_batch}) {
    PlanRequest request = request_of(1024, endless);
    request.*member = 0;
    EXPECT_NE(refusal(request, ErrorKind::config).find("a batch size is 0"), std::string::npos);
  }
}

TEST(MakePlanErrors, RefusesARequestWithoutTheModelsBytes) {
  PlanRequest request = request_of(1024, endless);
  request.training_bytes = nullptr;
  EXPECT_NE(refusal(request, ErrorKind::internal).find("bytes of the training"), std::string::npos);
}

}  // namespace
}  // namespace moneta
