// SPDX-License-Identifier: Apache-2.0
// Times updates of several coins, like torch_trainer.py. Reports which calls take the time and
// whether a CUDA graph would be faster, and compares the memory that is used on a GPU with the
// plan. Checks that the loss does not explode. With --sizes, only compares the sizes of LSTM
// layers. Prints one line of JSON.
#include <cmath>
#include <cstdio>
#include <string_view>

#include "../bench/timing_backend.h"
#include "../bench/training_bench.h"
#include "backend/benchmark_child.h"
#include "backend/cpu/make.h"
#include "backend/gpus.h"
#include "backend/lstm_benchmark.h"
#include "base/json.h"
#include "captured_graph.h"
#include "model/memory.h"
#include "size_report.h"

namespace moneta {
namespace {

struct Options {
  BenchSetting setting;
  std::string device = "cuda";
  std::size_t threads = 2;  ///< of the CPU backend
  bool parts = false, graph = false, sizes = false, persistent = false;
};

std::unique_ptr<Backend> make_device(Options const& options) {
  return options.device == "cuda" ? make_cuda_backend(0) : make_cpu_backend(options.threads);
}

/// Memory in use on the GPU. The part of the backend that measures it is the same each time.
std::size_t taken_bytes(std::string const& device) {
  return device == "cuda" ? make_cuda_backend(0)->memory_use()->taken_bytes : 0;
}

/// Runs one small update, so that libraries load their code.
void warm_up(Backend& backend, BenchSetting setting) {
  setting.steps = {4};
  setting.layers = std::min<std::size_t>(setting.layers, 2);
  setting.coins = 1;
  setting.rows = 100;
  TrainingBench(backend, setting).update(1);
}

/// The command line of a child that benchmarks an LSTM layer, before the request.
constexpr char const* benchmark_command = "lstm-benchmark";

/// The algorithms that training would select for the layers, and why; no reasons on a CPU.
LstmAlgorithms algorithms_of(Backend& backend, ForecasterShape const& shape, Json& reasons) {
  LstmAlgorithms algorithms;
  for (std::size_t l = 0; l < std::min<std::size_t>(shape.model.layers, 2); ++l) {
    auto const benchmark =
        backend.benchmark_persistent_lstm(layer_shape(shape, 0, l), [] { return true; });
    if (!benchmark) continue;
    LstmChoice const choice = choose_lstm_algorithm(*benchmark, shape.precision);
    (l == 0 ? algorithms.first : algorithms.above) = choice.algorithm;
    reasons.push_back(choice.why);
  }
  return algorithms;
}

/// Floating-point operations of one update in the matrix products of the LSTM layers, once forward
/// and twice backward. Recomputation is not counted.
double flops_of(BenchSetting const& setting) {
  ForecasterShape const shape = shape_of(setting);
  double sum = 0;
  for (std::size_t k = 0; k < shape.timeframes.size(); ++k) {
    for (std::size_t l = 0; l < shape.model.layers; ++l) {
      LstmShape const layer = layer_shape(shape, k, l);
      std::size_t const weights =
          layer.directions * 4 * layer.hidden * (layer.weight_inputs + layer.hidden);
      sum += 2.0 * 3.0 * static_cast<double>(weights * layer.steps);
    }
  }
  return sum * static_cast<double>(setting.effective_batch());
}

char const* kind_of(std::string const& call) {
  static std::map<std::string, char const*> const kinds = {
      {"dropout", "pointwise"}, {"relu", "pointwise"}, {"states", "pointwise"},
      {"loss", "pointwise"},    {"norm", "optimizer"}, {"adamw", "optimizer"},
      {"linear", "head"}};
  auto const found = kinds.find(call);
  return found == kinds.end() ? call.c_str() : found->second;
}

/// Seconds that the calls of an update take one by one, by their kind. The rest of `plain_seconds`
/// is gaps; it is negative if the queue hides more time than the gaps take.
Json parts_of(TimingBackend& backend, TrainingBench& training, BenchSetting const& setting,
              double plain_seconds) {
  CallTimer& timer = backend.timer();
  timer.on = true;
  training.update(setting.updates);
  timer.on = false;
  auto const updates = static_cast<double>(setting.updates * setting.coins);
  std::map<std::string, double> parts;
  double sum = 0;
  for (auto const& [name, seconds] : timer.timings) {
    parts[kind_of(name)] += seconds / updates;
    sum += seconds / updates;
  }
  return {{"seconds", parts}, {"sum_seconds", sum}, {"gap_seconds", plain_seconds - sum}};
}

/// The shortest duration of `work` in several runs.
template <class Work>
double seconds_of(Backend& backend, Work const& work) {
  double least = 0;
  for (int i = 0; i < 10; ++i) {
    backend.synchronize();
    auto const start = std::chrono::steady_clock::now();
    work();
    backend.synchronize();
    std::chrono::duration<double> const taken = std::chrono::steady_clock::now() - start;
    if (i == 0 || taken.count() < least) least = taken.count();
  }
  return least;
}

/// Times one gradient with individual calls and as a CUDA graph, or reports why there is no graph.
/// On a backend of its own, because a capture that fails may leave cuDNN's handle unusable.
Json graph_of(Options const& options) {
  BenchSetting const& setting = options.setting;
  auto const owner = make_device(options);
  Backend& device = *owner;
  warm_up(device, setting);
  TrainingBench training(device, setting);
  DeviceMemory& gradients = training.gradients();
  training.coin().load(training.model());
  DeviceBatch const batch = training.coin().batch(0, 0);
  auto const work = [&] {
    auto const scale = static_cast<float>(1.0 / static_cast<double>(setting.batch));
    training.model().accumulate_gradient(batch, 1, scale, span_of<float>(gradients));
  };
  auto const norm_after = [&](auto const& run) {
    device.zero(gradients.data(), gradients.bytes());
    run();
    return std::sqrt(device.sum_of_squares(span_of<float const>(gradients)));
  };
  double const plain_norm = norm_after(work);
  double const plain_seconds = seconds_of(device, work);
  try {
    auto const graph = capture(device, work);
    double const norm = norm_after([&] { graph->launch(); });
    MONETA_REQUIRE(std::abs(norm - plain_norm) <= 1e-4 * plain_norm, internal,
                   "the gradient of the graph has the norm {} instead of {}", norm, plain_norm);
    return {{"plain_seconds", plain_seconds},
            {"replay_seconds", seconds_of(device, [&] { graph->launch(); })}};
  } catch (Error const& error) {
    if (error.kind() != ErrorKind::device) throw;
    return {{"plain_seconds", plain_seconds}, {"refused", error.what()}};
  }
}

/// Times updates and measures their memory.
Json training_report(Options const& options) {
  BenchSetting setting = options.setting;
  TimingBackend backend(make_device(options));
  backend.timer().on = false;
  Json reasons = Json::array();
  if (options.persistent) setting.algorithms = algorithms_of(backend, shape_of(setting), reasons);
  warm_up(backend, setting);
  std::size_t const before = taken_bytes(options.device);
  TrainingBench training(backend, setting);
  training.update(setting.warmup);
  std::vector<double> const seconds = training.update(std::max<std::size_t>(setting.updates, 1));
  training.check_loss();
  double const median = seconds[seconds.size() / 2], flops = flops_of(setting);
  std::size_t const after = taken_bytes(options.device);
  std::size_t const measured = after > before ? after - before : 0;  // others may free memory
  Json result = {{"device", backend.description()},
                 {"precision", setting.precision},
                 {"hidden", setting.hidden},
                 {"layers", setting.layers},
                 {"steps", setting.steps},
                 {"batch", setting.batch},
                 {"accumulate", setting.accumulate},
                 {"coins", setting.coins},
                 {"recompute_layers", setting.recompute.layers},
                 {"recompute_timeframes", setting.recompute.timeframes},
                 {"lstm_algorithm", to_string(setting.algorithms)},
                 {"lstm_reasons", reasons},
                 {"parameters", training.model().layout().size},
                 {"planned_bytes", training.bytes()},
                 {"measured_bytes", options.device == "cuda" ? Json(measured) : Json(nullptr)},
                 {"seconds_per_update", median},
                 {"sequences_per_second", static_cast<double>(setting.effective_batch()) / median},
                 {"flops_per_update", flops},
                 {"flops_per_second", flops / median},
                 {"last_loss", training.last_loss()}};
  if (options.parts) result["parts"] = parts_of(backend, training, setting, median);
  return result;
}

int report(Options const& options) {
  Json result;
  if (options.sizes) {
    result = size_report(*make_device(options), options.setting);
  } else {
    result = training_report(options);
    if (options.graph) result["graph"] = graph_of(options);
  }
  std::printf("%s\n", result.dump().c_str());
  return 0;
}

}  // namespace
}  // namespace moneta

namespace {

int run(int count, char** words) {
  moneta::set_cuda_environment();
  if (count == 3 && std::string_view(words[1]) == moneta::benchmark_command) {
    moneta::run_persistent_benchmark(words[2]);
  }
  moneta::set_benchmark_program({"/proc/self/exe", moneta::benchmark_command});
  CLI::App program{"Times training and measures its memory", "gpu_report"};
  moneta::Options options;
  options.setting.precision = "bf16";
  options.setting.hidden = 1024, options.setting.layers = 4, options.setting.steps = {240};
  options.setting.batch = 128, options.setting.accumulate = 8, options.setting.coins = 4;
  moneta::add_options(program, options.setting);
  program.add_option("--device", options.device)->check(CLI::IsMember({"cuda", "cpu"}));
  program.add_option("--threads", options.threads, "of the CPU backend");
  program.add_flag("--recompute-layers", options.setting.recompute.layers);
  program.add_flag("--recompute-timeframes", options.setting.recompute.timeframes);
  program.add_flag("--parts", options.parts, "report which calls take the time");
  program.add_flag("--graph", options.graph, "capture one gradient in a CUDA graph");
  program.add_flag("--sizes", options.sizes, "compare the sizes of LSTM layers with the plan");
  program.add_flag("--persistent", options.persistent,
                   "try the persistent algorithm, in another process first");
  CLI11_PARSE(program, count, words);
  return moneta::report(options);
}

}  // namespace

int main(int count, char** words) {
  try {
    return run(count, words);
  } catch (moneta::Error const& error) {
    std::fprintf(stderr, "gpu_report: %s\n", error.what());
    return error.exit_status();
  }
}
