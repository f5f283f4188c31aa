// SPDX-License-Identifier: Apache-2.0
// Times training updates of one coin on the CPU, like torch_trainer.py. Checks that the loss does
// not explode before it reports a time. Prints one line of JSON.
#include <cstdio>

#include "backend/cpu/make.h"
#include "base/json.h"
#include "timing_backend.h"
#include "training_bench.h"

namespace moneta {
namespace {

int bench(BenchSetting const& setting, std::size_t threads) {
  TimingBackend backend(make_cpu_backend(threads));
  TrainingBench training(backend, setting);
  training.update(std::max<std::size_t>(setting.warmup, 1));
  Timings& timings = backend.timer().timings;
  timings.clear();
  std::vector<double> const seconds = training.update(setting.updates);
  training.check_loss();
  double total = 0;
  for (double const each : seconds) total += each * static_cast<double>(setting.coins);
  Json shares = Json::object();
  for (auto const& [name, sum] : timings) shares[name] = sum / total;
  double products = 0;
  for (char const* name : {"lstm_weights", "lstm_forward", "lstm_backward", "linear"}) {
    products += timings[name];
  }
  double const median = seconds[seconds.size() / 2];
  Json const result = {
      {"hidden", setting.hidden},
      {"layers", setting.layers},
      {"steps", setting.steps.front()},
      {"batch", setting.batch},
      {"precision", setting.precision},
      {"device", backend.description()},
      {"parameters", training.model().layout().size},
      {"seconds_per_update", median},
      {"sequences_per_second", static_cast<double>(setting.effective_batch()) / median},
      {"share_outside_lstm_and_products", 1 - products / total},
      {"shares", shares}};
  std::printf("%s\n", result.dump().c_str());
  return 0;
}

}  // namespace
}  // namespace moneta

int main(int count, char** words) {
  CLI::App program{"Times training on the CPU", "bench_training"};
  moneta::BenchSetting setting;
  std::size_t threads = 2;
  moneta::add_options(program, setting);
  program.add_option("--threads", threads);
  CLI11_PARSE(program, count, words);
  try {
    return moneta::bench(setting, threads);
  } catch (moneta::Error const& error) {
    std::fprintf(stderr, "bench_training: %s\n", error.what());
    return error.exit_status();
  }
}
