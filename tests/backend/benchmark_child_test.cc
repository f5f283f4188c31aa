// SPDX-License-Identifier: Apache-2.0
// The benchmark in a child process, with a shell in place of the program: whatever a child does,
// the parent gets a result in time.
#include "backend/benchmark_child.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "backend/gpus.h"
#include "base/json.h"
#include "support/expect_error.h"
#include "support/scratch_folder.h"

namespace moneta {
namespace {

using std::chrono::milliseconds;

/// Sets a variable while it exists.
class Environment {
 public:
  Environment(char const* name, char const* value) : name_(name) { ::setenv(name, value, 1); }
  Environment(Environment const&) = delete;
  Environment& operator=(Environment const&) = delete;
  ~Environment() { ::unsetenv(name_); }

 private:
  char const* name_;
};

LstmShape const shape{240, 64, 32, 23, 128, 2, Precision::bf16, true, false};

/// A shell that runs the script; the request is $1.
std::vector<std::string> shell(std::string const& script) {
  return {"/bin/sh", "-c", script, "sh"};
}

bool wait_on() { return true; }

LstmBenchmark run(std::string const& script, milliseconds deadline = milliseconds(20'000),
                  KeepWaiting const& keep_waiting = wait_on) {
  return persistent_benchmark_in_child(shell(script), 3, shape, keep_waiting, deadline);
}

char const* const print_result =
    R"(echo '{"refused": "", "difference": 0.25, "repeats": true, "standard_s": 2, "persistent_s": 1.5}')";

TEST(BenchmarkChild, ReturnsWhatTheChildPrints) {
  LstmBenchmark const benchmark = run(print_result);
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
  std::string const expected = to_json_text({3, shape, ::getpid()});
  EXPECT_EQ(run("[ \"$1\" = '" + expected + "' ] || exit 9").refused,
            "the process of its benchmark printed no result");
}

TEST(BenchmarkChild, MayPrintSomethingBeforeItsResult) {
  for (std::string const before :
       {"echo 'a library says hello'; ", "echo; ", "yes | head -c 1000001; echo; "}) {
    EXPECT_EQ(run(before + print_result + "; echo").refused, "") << before;
  }
}

/// A fault in the kernel of one client of an MPS server ends all of its clients.
TEST(BenchmarkChild, DoesNotFindAServerOfMps) {
  Environment const folder("CUDA_MPS_PIPE_DIRECTORY", "/tmp");
  Environment const other("MONETA_TEST_VARIABLE", "kept");
  std::string const script =
      "[ $MONETA_TEST_VARIABLE = kept ] && [ -n $CUDA_MPS_PIPE_DIRECTORY ] && "
      "! [ -e $CUDA_MPS_PIPE_DIRECTORY ] && [ $(env | grep -c ^CUDA_MPS_PIPE_DIRECTORY=) = 1 ] && ";
  EXPECT_EQ(run(script + print_result).refused, "");
}

/// The ends of its pipe must not be taken for standard streams, whose numbers are free here.
TEST(BenchmarkChild, NeedsNoStandardStreams) {
  auto const run_without = [] {
    for (int const stream : {0, 1, 2}) ::close(stream);
    std::_Exit(run(print_result).refused.empty() ? 7 : 1);
  };
  EXPECT_EXIT(run_without(), testing::ExitedWithCode(7), "");
}

TEST(BenchmarkChild, IsGivenUpIfItIsNoLongerWanted) {
  auto const start = std::chrono::steady_clock::now();
  int calls = 0;
  LstmBenchmark const benchmark =
      run("sleep 60", std::chrono::seconds(60), [&] { return ++calls < 5; });
  EXPECT_EQ(benchmark.refused, "its benchmark was given up, because a stop was requested");
  EXPECT_TRUE(benchmark.given_up);
  EXPECT_GE(calls, 5);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(30));
  EXPECT_FALSE(run("exit 1").given_up);
}

TEST(BenchmarkChild, IsKilledIfWaitingThrows) {
  ScratchFolder const folder;
  std::string const file = folder.path() / "pid";
  auto const end_of_run = [&]() -> bool {
    if (!std::filesystem::exists(file)) return true;
    throw Error(ErrorKind::internal, "another rank has failed");
  };
  expect_error(ErrorKind::internal, "another rank has failed", [&] {
    run("echo $$ >" + file + ".new; mv " + file + ".new " + file + "; exec sleep 60",
        std::chrono::seconds(60), end_of_run);
  });
  pid_t pid = 0;
  std::ifstream(file) >> pid;
  ASSERT_GT(pid, 0);
  int status = 0;
  EXPECT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_TRUE(WIFSIGNALED(status));
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
    {"ResultNotLast",  "echo '{\"refused\": \"\", \"repeats\": true, \"standard_s\": 2, \"persistent_s\": 1}'; echo end", "the process of its benchmark printed no result"},
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
  EXPECT_EQ(persistent_benchmark_in_child({}, 0, shape, wait_on).refused,
            "this program cannot benchmark it in another process");
  EXPECT_EQ(persistent_benchmark_in_child({"/no/such/program"}, 0, shape, wait_on).refused,
            "its benchmark cannot be started (No such file or directory)");
}

TEST(BenchmarkRequests, KeepTheShape) {
  LstmShape all = shape;
  all.training = false;
  all.algorithm = LstmAlgorithm::persistent;
  all.overlap_weight_gradients = true;
  for (LstmShape const& given : {shape, all}) {
    BenchmarkRequest const request = benchmark_request_from(to_json_text({3, given, 77}));
    EXPECT_EQ(request.gpu, 3u);
    EXPECT_EQ(request.parent, 77);
    EXPECT_EQ(request.shape.steps, given.steps);
    EXPECT_EQ(request.shape.batch, given.batch);
    EXPECT_EQ(request.shape.inputs, given.inputs);
    EXPECT_EQ(request.shape.weight_inputs, given.weight_inputs);
    EXPECT_EQ(request.shape.hidden, given.hidden);
    EXPECT_EQ(request.shape.directions, given.directions);
    EXPECT_EQ(request.shape.precision, given.precision);
    EXPECT_EQ(request.shape.training, given.training);
    EXPECT_EQ(request.shape.input_gradient, given.input_gradient);
    EXPECT_EQ(request.shape.algorithm, given.algorithm);
    EXPECT_EQ(request.shape.overlap_weight_gradients, given.overlap_weight_gradients);
  }
}

/// `text` with `found` replaced.
std::string replaced(std::string text, std::string const& found, std::string const& by) {
  return text.replace(text.find(found), found.size(), by);
}

TEST(BenchmarkRequests, RefuseOtherTexts) {
  std::string const good = to_json_text({3, shape, 77});
  for (std::string const& text :
       {std::string(), std::string("{}"), std::string("[1]"), std::string(R"({"gpu": "none"})"),
        replaced(good, "\"bf16\"", "\"bf17\""), replaced(good, "\"standard\"", "\"fast\""),
        replaced(good, "\"standard\"", "\"standard, persistent\"")}) {
    expect_error(ErrorKind::internal, "is no request for a benchmark",
                 [&] { benchmark_request_from(text); });
    EXPECT_NE(benchmark_answer(text, 77).find("is no request for a benchmark"), std::string::npos);
  }
}

/// What a child prints as the reason of its refusal.
std::string refusal(BenchmarkRequest const& request, pid_t parent) {
  Json const answer = Json::parse(benchmark_answer(to_json_text(request), parent));
  return answer.at("refused").get<std::string>();
}

TEST(BenchmarkAnswer, ContainsTheError) {
  std::size_t const beyond = count_gpus().count;
  std::string const expected = fmt::format("there is no GPU {} (", beyond);
  EXPECT_TRUE(refusal({beyond, shape, 77}, 77).starts_with(expected));
}

TEST(BenchmarkAnswer, IsARefusalIfTheParentHasEnded) {
  std::string const expected = "process 77 has started the benchmark and has ended";
  EXPECT_TRUE(refusal({0, shape, 77}, 1).starts_with(expected));
}

}  // namespace
}  // namespace moneta
