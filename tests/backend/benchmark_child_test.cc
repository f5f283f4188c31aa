// SPDX-License-Identifier: Apache-2.0
// The benchmark in a child process, with a shell in place of the program: whatever a child does,
// the parent gets a result in time.
#include "backend/benchmark_child.h"

#include <gtest/gtest.h>

#include <cmath>

#include "backend/gpus.h"
#include "support/expect_error.h"

namespace moneta {
namespace {

using std::chrono::milliseconds;

LstmShape const shape{240, 64, 32, 23, 128, 2, Precision::bf16, true, false};

/// A shell that runs the script; the request is $1.
std::vector<std::string> shell(std::string const& script) {
  return {"/bin/sh", "-c", script, "sh"};
}

LstmBenchmark run(std::string const& script, milliseconds deadline = milliseconds(20'000)) {
  return persistent_benchmark_in_child(shell(script), 3, shape, deadline);
}

TEST(BenchmarkChild, ReturnsWhatTheChildPrints) {
  LstmBenchmark const benchmark = run(
      R"(echo '{"refused": "", "difference": 0.25, "repeats": true, "standard_s": 2, "persistent_s": 1.5}')");
  EXPECT_EQ(benchmark.refused, "");
  EXPECT_EQ(benchmark.difference, 0.25);
  EXPECT_TRUE(benchmark.repeats);
  EXPECT_EQ(benchmark.standard_s, 2);
  EXPECT_EQ(benchmark.persistent_s, 1.5);
  EXPECT_TRUE(std::isinf(
      run(R"(echo '{"refused": "", "repeats": true, "standard_s": 2, "persistent_s": 1}')")
          .difference));
}

TEST(BenchmarkChild, GetsTheRequestAsItsLastArgument) {
  std::string const expected = to_json_text({3, shape});
  EXPECT_EQ(run("[ \"$1\" = '" + expected + "' ] || exit 9").refused,
            "the process of its benchmark printed no result");
}

struct FailureCase {
  char const* name;
  char const* script;
  char const* refused;

  friend void PrintTo(FailureCase const& given, std::ostream* out) { *out << given.name; }
};

class BenchmarkChildFailures : public testing::TestWithParam<FailureCase> {};

TEST_P(BenchmarkChildFailures, AreResults) {
  EXPECT_EQ(run(GetParam().script).refused, GetParam().refused);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, BenchmarkChildFailures, testing::ValuesIn(std::vector<FailureCase>{
    {"ExitStatus",     "echo '{\"refused\": \"\"}'; exit 5", "its benchmark ended with status 5"},
    {"Signal",         "kill -SEGV $$",    "its benchmark ended by signal 11"},
    {"NoOutput",       "true",             "the process of its benchmark printed no result"},
    {"OtherOutput",    "echo hello",       "the process of its benchmark printed no result"},
    {"PartOfAResult",  "echo '{\"refused\": \"\"}'", "the process of its benchmark printed no result"},
    {"MuchOutput",     "yes | head -c 1000000", "the process of its benchmark printed no result"},
    {"MissingCommand", "exec /no/such/file", "its benchmark ended with status 127"},
}), [](auto const& each) { return each.param.name; });
// clang-format on

TEST(BenchmarkChild, IsKilledWithItsDescendantsAfterTheDeadline) {
  auto const start = std::chrono::steady_clock::now();
  // The descendant keeps the pipe open.
  EXPECT_EQ(run("trap '' TERM; sleep 60 & sleep 60", milliseconds(300)).refused,
            "its benchmark was killed after 0.3 s");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
}

TEST(BenchmarkChild, IsNotStartedWithoutAProgram) {
  EXPECT_TRUE(benchmark_program().empty());
  EXPECT_EQ(persistent_benchmark_in_child({}, 0, shape).refused,
            "this program cannot benchmark it in another process");
  EXPECT_EQ(persistent_benchmark_in_child({"/no/such/program"}, 0, shape).refused,
            "its benchmark cannot be started (No such file or directory)");
}

TEST(BenchmarkRequests, KeepTheShape) {
  BenchmarkRequest const request = benchmark_request_from(to_json_text({3, shape}));
  EXPECT_EQ(request.gpu, 3u);
  EXPECT_EQ(request.shape.steps, shape.steps);
  EXPECT_EQ(request.shape.batch, shape.batch);
  EXPECT_EQ(request.shape.inputs, shape.inputs);
  EXPECT_EQ(request.shape.weight_inputs, shape.weight_inputs);
  EXPECT_EQ(request.shape.hidden, shape.hidden);
  EXPECT_EQ(request.shape.directions, shape.directions);
  EXPECT_EQ(request.shape.precision, shape.precision);
  EXPECT_EQ(request.shape.input_gradient, shape.input_gradient);
  EXPECT_TRUE(request.shape.training);
}

TEST(BenchmarkRequests, RefuseOtherTexts) {
  for (char const* const text : {"", "{}", "[1]", R"({"gpu": "none"})"}) {
    expect_error(ErrorKind::internal, "is no request for a benchmark",
                 [&] { run_persistent_benchmark(text); });
  }
}

TEST(BenchmarkRequests, NeedAGpu) {
  std::size_t const beyond = count_gpus().count;
  expect_error(ErrorKind::device, fmt::format("there is no GPU {} (", beyond), [&] {
    run_persistent_benchmark(to_json_text({beyond, shape}));
  });
}

}  // namespace
}  // namespace moneta
