// SPDX-License-Identifier: Apache-2.0
// Times updates of several coins in turn as torch_trainer.py does, and compares the memory that
// they take on a GPU with what was planned. Checks that the loss stays finite. One JSON line.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <vector>

#include "backend/cpu/make.h"
#include "backend/gpus.h"
#include "backend/lstm_trial.h"
#include "base/error.h"
#include "base/json.h"
#include "base/philox.h"
#include "model/forecaster.h"
#include "model/memory.h"
#include "optim/optimizer.h"

namespace moneta {
namespace {

struct Setting {
  std::string device = "cuda", precision = "bf16";
  std::size_t hidden = 1024, layers = 4, batch = 128, accumulate = 8, coins = 4, rows = 60'000;
  std::size_t warmup = 2, updates = 8;
  std::vector<std::size_t> steps = {240};
  double dropout = 0.25;
  bool layers_again = false, timeframes_again = false;
};

/// What the GPU has taken now; another backend's own share is the same each time.
std::size_t taken_bytes(Setting const& setting) {
  return setting.device == "cuda" ? make_cuda_backend(0)->memory_use()->taken_bytes : 0;
}

ForecasterShape shape_of(Setting const& setting) {
  ForecasterShape shape;
  shape.model.hidden = setting.hidden;
  shape.model.layers = setting.layers;
  shape.model.dropout = setting.dropout;
  for (std::size_t k = 0; k < setting.steps.size(); ++k) {
    shape.timeframes.push_back({cat(k + 1, "m"), 1, setting.steps[k]});
  }
  shape.batch = setting.batch;
  shape.precision = precision_named(setting.precision);
  shape.recompute = {setting.layers_again, setting.timeframes_again};
  return shape;
}

using Memory = std::unique_ptr<DeviceMemory>;

template <class T>
Memory put(Backend& backend, std::vector<T> const& values) {
  Memory memory = backend.allocate(values.size() * sizeof(T));
  backend.upload(memory->data(), values.data(), memory->bytes());
  return memory;
}

std::vector<float> random_numbers(std::size_t count, std::uint64_t key) {
  std::vector<float> values;
  for (std::size_t i = 0; i < count; ++i) {
    values.push_back(4 * (uniform_float(philox(key, 1, i).word[0]) - 0.5f));
  }
  return values;
}

/// By which algorithms training would have its layers, and why; nothing on a CPU.
LstmAlgorithms algorithms_of(Backend& backend, ForecasterShape const& shape, Json& reasons) {
  LstmAlgorithms algorithms;
  for (std::size_t l = 0; l < std::min<std::size_t>(shape.model.layers, 2); ++l) {
    auto const trial = backend.try_persistent_lstm(layer_shape(shape, 0, l));
    if (!trial) continue;
    LstmChoice const choice = choose_lstm_algorithm(*trial, shape.precision);
    (l == 0 ? algorithms.first : algorithms.above) = choice.algorithm;
    reasons.push_back(choice.why);
  }
  return algorithms;
}

class Coin {
 public:
  Coin(Backend& backend, Forecaster& model, Setting const& setting, std::uint64_t key)
      : setting_(setting), key_(key) {
    for (std::size_t k = 0; k < setting.steps.size(); ++k) {
      rows_.push_back(put(backend, random_numbers(setting.rows * feature_count, key + k)));
    }
    params_ = put(backend, initial_parameters(model.layout(), key, "BENCH"));
    m_ = put(backend, std::vector<float>(model.layout().size));
    v_ = put(backend, std::vector<float>(model.layout().size));
  }

  std::size_t bytes() const {
    std::size_t sum = params_->bytes() + m_->bytes() + v_->bytes();
    for (Memory const& rows : rows_) sum += rows->bytes();
    return sum;
  }

  /// One update; its mean loss.
  double update(Backend& backend, Forecaster& model, DeviceMemory& gradients, DeviceMemory& scaler,
                std::int64_t number) {
    model.load_parameters(span_of<float const>(*params_));
    backend.zero(gradients.data(), gradients.bytes());
    std::size_t const effective = setting_.batch * setting_.accumulate;
    auto const scale = 1.0f / static_cast<float>(effective);
    for (std::size_t turn = 0; turn < setting_.accumulate; ++turn) {
      accumulate(backend, model, gradients, scaler, static_cast<std::uint64_t>(number), turn,
                 scale);
    }
    double const loss = backend.take_loss_sum() / static_cast<double>(effective);
    UpdateResult const result = update_parameters(
        backend, OptimizerConfig{}, 5e-4, number + 1, span_of<float>(*params_), span_of<float>(*m_),
        span_of<float>(*v_), span_of<float const>(gradients));
    MONETA_REQUIRE(result.applied, internal, "the gradient is not finite");
    return loss;
  }

 private:
  void accumulate(Backend& backend, Forecaster& model, DeviceMemory& gradients,
                  DeviceMemory& scaler, std::uint64_t number, std::size_t turn, float scale) {
    std::size_t const longest = *std::max_element(setting_.steps.begin(), setting_.steps.end());
    std::vector<std::int64_t> ends;
    std::vector<std::uint64_t> keys;
    for (std::size_t n = 0; n < setting_.batch; ++n) {
      std::uint64_t const place = turn * setting_.batch + n;
      auto const random = philox(key_, number, place).word[0];
      ends.push_back(static_cast<std::int64_t>(longest + random % (setting_.rows - longest)));
      keys.push_back(place);
    }
    if (!ends_) ends_ = backend.allocate(ends.size() * sizeof(std::int64_t));
    if (!keys_) keys_ = backend.allocate(keys.size() * sizeof(std::uint64_t));
    if (!target_) target_ = put(backend, random_numbers(setting_.batch, 99));
    backend.upload(ends_->data(), ends.data(), ends_->bytes());
    backend.upload(keys_->data(), keys.data(), keys_->bytes());
    DeviceBatch batch;
    for (Memory const& rows : rows_) {
      auto const scaling = span_of<float const>(scaler);
      batch.windows.push_back({span_of<float const>(*rows), span_of<std::int64_t const>(*ends_),
                               scaling.subspan(0, feature_count),
                               scaling.subspan(feature_count, feature_count)});
    }
    batch.target = span_of<float const>(*target_);
    batch.counted = setting_.batch;
    batch.samples = span_of<std::uint64_t const>(*keys_);
    model.accumulate_gradient(batch, number, scale, span_of<float>(gradients));
  }

  Setting const& setting_;
  std::uint64_t key_;
  std::vector<Memory> rows_;
  Memory params_, m_, v_, ends_, keys_, target_;
};

/// Of an update of one coin; `loss` is the last one.
double median_seconds(Backend& backend, Forecaster& model, Setting const& setting,
                      std::vector<std::unique_ptr<Coin>> const& coins, DeviceMemory& gradients,
                      DeviceMemory& scaler, double& loss) {
  std::vector<double> seconds;
  for (std::size_t u = 0; u < setting.warmup + setting.updates; ++u) {
    auto const start = std::chrono::steady_clock::now();
    for (auto const& coin : coins) {
      loss = coin->update(backend, model, gradients, scaler, static_cast<std::int64_t>(u));
    }
    backend.synchronize();
    std::chrono::duration<double> const taken = std::chrono::steady_clock::now() - start;
    if (u >= setting.warmup) seconds.push_back(taken.count() / static_cast<double>(coins.size()));
    MONETA_REQUIRE(std::isfinite(loss), internal, "the loss is not finite");
  }
  std::sort(seconds.begin(), seconds.end());
  return seconds[seconds.size() / 2];
}

int report(Setting const& setting) {
  std::unique_ptr<Backend> const backend =
      setting.device == "cuda" ? make_cuda_backend(0) : make_cpu_backend(2);
  std::size_t const before = taken_bytes(setting);
  ForecasterShape shape = shape_of(setting);
  Json reasons = Json::array();
  shape.algorithms = algorithms_of(*backend, shape, reasons);
  std::size_t planned = forecaster_bytes(*backend, shape).total();
  Forecaster model(*backend, shape);
  Memory const gradients = backend->allocate(model.layout().size * sizeof(float));
  std::vector<float> scaling(2 * feature_count, 0.0f);
  std::fill(scaling.begin() + feature_count, scaling.end(), 1.0f);
  Memory const scaler = put(*backend, scaling);
  std::vector<std::unique_ptr<Coin>> coins;
  planned += gradients->bytes() + scaler->bytes();
  for (std::size_t i = 0; i < setting.coins; ++i) {
    coins.push_back(std::make_unique<Coin>(*backend, model, setting, 10 * (i + 1)));
    planned += coins.back()->bytes();
  }
  double loss = 0;
  double const median = median_seconds(*backend, model, setting, coins, *gradients, *scaler, loss);
  std::size_t const measured = taken_bytes(setting) - before;
  Json const result = {
      {"device", backend->description()},
      {"precision", setting.precision},
      {"hidden", setting.hidden},
      {"layers", setting.layers},
      {"steps", setting.steps},
      {"batch", setting.batch},
      {"accumulate", setting.accumulate},
      {"coins", setting.coins},
      {"lstm_algorithm", to_string(shape.algorithms)},
      {"lstm_algorithm_reasons", reasons},
      {"layers_again", setting.layers_again},
      {"timeframes_again", setting.timeframes_again},
      {"parameters", model.layout().size},
      {"planned_bytes", planned},
      {"measured_bytes", setting.device == "cuda" ? Json(measured) : Json(nullptr)},
      {"seconds_per_update", median},
      {"sequences_per_second", static_cast<double>(setting.batch * setting.accumulate) / median},
      {"last_loss", loss}};
  std::printf("%s\n", result.dump().c_str());
  return 0;
}

}  // namespace
}  // namespace moneta

int main(int count, char** words) {
  CLI::App program{"Times training and measures its memory", "gpu_report"};
  moneta::Setting setting;
  program.add_option("--device", setting.device)->check(CLI::IsMember({"cuda", "cpu"}));
  program.add_option("--precision", setting.precision)
      ->check(CLI::IsMember({"f32", "tf32", "bf16"}));
  program.add_option("--hidden", setting.hidden);
  program.add_option("--layers", setting.layers);
  program.add_option("--steps", setting.steps, "one for each timeframe");
  program.add_option("--batch", setting.batch);
  program.add_option("--accumulate", setting.accumulate);
  program.add_option("--coins", setting.coins);
  program.add_option("--rows", setting.rows);
  program.add_option("--warmup", setting.warmup);
  program.add_option("--updates", setting.updates);
  program.add_option("--dropout", setting.dropout);
  program.add_flag("--layers-again", setting.layers_again);
  program.add_flag("--timeframes-again", setting.timeframes_again);
  CLI11_PARSE(program, count, words);
  try {
    return moneta::report(setting);
  } catch (moneta::Error const& error) {
    std::fprintf(stderr, "gpu_report: %s\n", error.what());
    return error.exit_status();
  }
}
