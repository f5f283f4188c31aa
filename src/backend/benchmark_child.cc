// SPDX-License-Identifier: Apache-2.0
#include "backend/benchmark_child.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <limits>
#include <utility>

#include "backend/child_process.h"
#include "backend/lstm_benchmark.h"
#include "base/error.h"
#include "base/json.h"

namespace moneta {
namespace {

using std::chrono::milliseconds;

/// How long a killed child may take to end: the driver first stops its kernels.
constexpr std::chrono::seconds kill_duration(30);

std::vector<std::string>& program() {
  static std::vector<std::string> command;
  return command;
}

LstmBenchmark refused(std::string why) {
  LstmBenchmark benchmark;
  benchmark.refused = std::move(why);
  return benchmark;
}

/// The environment of a child. CUDA finds the server of MPS in the folder that the variable names.
/// The child must not find it: if a kernel of one of its clients faults, the server ends all of
/// them.
std::vector<std::string> child_environment() {
  return environment_with("CUDA_MPS_PIPE_DIRECTORY", "/dev/null/none");  // cannot exist
}

/// Kills the child, and says so in LstmBenchmark::refused.
LstmBenchmark end_by_force(ChildProcess& child, std::string why, KeepWaiting const& keep_waiting) {
  child.kill();
  bool const has_ended = child.wait_for(kill_duration, [&] {
    (void)keep_waiting();
    return true;
  });
  if (!has_ended) {
    why += fmt::format("; process {} was killed but has not ended within {} s", child.pid(),
                       kill_duration.count());
  }
  return refused(std::move(why));
}

Json to_json(LstmBenchmark const& benchmark) {
  Json json = {{"refused", benchmark.refused},
               {"repeats", benchmark.repeats},
               {"standard_s", benchmark.standard_s},
               {"persistent_s", benchmark.persistent_s}};
  if (std::isfinite(benchmark.difference)) json["difference"] = benchmark.difference;
  return json;
}

/// What a child printed.
LstmBenchmark benchmark_from(std::string const& text) {
  try {
    Json const json = Json::parse(text);
    LstmBenchmark benchmark;
    json.at("refused").get_to(benchmark.refused);
    json.at("repeats").get_to(benchmark.repeats);
    json.at("standard_s").get_to(benchmark.standard_s);
    json.at("persistent_s").get_to(benchmark.persistent_s);
    // JSON has no infinite numbers.
    benchmark.difference = json.value("difference", std::numeric_limits<double>::infinity());
    return benchmark;
  } catch (Json::exception const&) {
    return refused("the process of its benchmark printed no result");
  }
}

}  // namespace

void set_benchmark_program(std::vector<std::string> command) { program() = std::move(command); }
std::vector<std::string> const& benchmark_program() { return program(); }

LstmBenchmark persistent_benchmark_in_child(std::vector<std::string> const& program,
                                            std::size_t gpu, LstmShape const& shape,
                                            KeepWaiting const& keep_waiting,
                                            milliseconds deadline) {
  if (program.empty()) return refused("this program cannot benchmark it in another process");
  std::vector<std::string> command = program;
  command.push_back(to_json_text({gpu, shape, ::getpid()}));
  ChildProcess child(std::move(command), child_environment());
  if (child.error() != 0) {
    return refused(
        fmt::format("its benchmark cannot be started ({})", std::strerror(child.error())));
  }
  bool is_wanted = true;
  if (!child.wait_for(deadline, [&] { return is_wanted = keep_waiting(); })) {
    std::string const why = is_wanted ? fmt::format("its benchmark was killed after {:g} s",
                                                    std::chrono::duration<double>(deadline).count())
                                      : "its benchmark was given up, because a stop was requested";
    LstmBenchmark benchmark = end_by_force(child, why, keep_waiting);
    benchmark.given_up = !is_wanted;
    return benchmark;
  }
  if (WIFSIGNALED(child.status())) {
    return refused(fmt::format("its benchmark ended by signal {}", WTERMSIG(child.status())));
  }
  if (child.status() != 0) {
    return refused(fmt::format("its benchmark ended with status {}", WEXITSTATUS(child.status())));
  }
  return benchmark_from(child.last_line());
}

void run_persistent_benchmark(std::string const& request) {
  // The parent kills this process earlier, but the parent may be stopped or gone.
  ::alarm(static_cast<unsigned>(benchmark_deadline.count()) + 5);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  std::printf("%s\n", benchmark_answer(request, ::getppid()).c_str());
  std::fflush(stdout);
  // Without destructors: what libraries do at the end of a process must not change the result.
  std::_Exit(0);
}

std::string benchmark_answer(std::string const& request, pid_t parent) {
  LstmBenchmark benchmark;
  try {
    BenchmarkRequest const wanted = benchmark_request_from(request);
    MONETA_REQUIRE(wanted.parent == parent, device,
                   "process {} has started the benchmark and has ended", wanted.parent);
    benchmark = persistent_benchmark_here(wanted.gpu, wanted.shape);
  } catch (std::exception const& error) {
    benchmark = refused(reason_in(error.what()));
  }
  return to_json(benchmark).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string to_json_text(BenchmarkRequest const& request) {
  LstmShape const& shape = request.shape;
  return Json{{"gpu", request.gpu},
              {"parent", request.parent},
              {"steps", shape.steps},
              {"batch", shape.batch},
              {"inputs", shape.inputs},
              {"weight_inputs", shape.weight_inputs},
              {"hidden", shape.hidden},
              {"directions", shape.directions},
              {"precision", to_string(shape.precision)},
              {"training", shape.training},
              {"input_gradient", shape.input_gradient},
              {"algorithm", to_string(shape.algorithm)},
              {"overlap_weight_gradients", shape.overlap_weight_gradients}}
      .dump();
}

BenchmarkRequest benchmark_request_from(std::string const& text) {
  BenchmarkRequest request;
  LstmShape& shape = request.shape;
  std::string precision, algorithm;
  try {
    Json const json = Json::parse(text);
    json.at("gpu").get_to(request.gpu);
    json.at("parent").get_to(request.parent);
    json.at("steps").get_to(shape.steps);
    json.at("batch").get_to(shape.batch);
    json.at("inputs").get_to(shape.inputs);
    json.at("weight_inputs").get_to(shape.weight_inputs);
    json.at("hidden").get_to(shape.hidden);
    json.at("directions").get_to(shape.directions);
    json.at("precision").get_to(precision);
    json.at("training").get_to(shape.training);
    json.at("input_gradient").get_to(shape.input_gradient);
    json.at("algorithm").get_to(algorithm);
    json.at("overlap_weight_gradients").get_to(shape.overlap_weight_gradients);
  } catch (Json::exception const& error) {
    throw Error(ErrorKind::internal,
                fmt::format("'{}' is no request for a benchmark ({})", text, error.what()));
  }
  shape.precision = precision_named(precision);
  auto const algorithms = lstm_algorithms_named(algorithm);
  MONETA_REQUIRE(
      to_string(shape.precision) == precision && algorithms &&
          algorithms->first == algorithms->above,
      internal, "'{}' is no request for a benchmark (its precision or algorithm is unknown)", text);
  shape.algorithm = algorithms->first;
  return request;
}

}  // namespace moneta
