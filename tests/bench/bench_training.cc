// SPDX-License-Identifier: Apache-2.0
// Times training updates of one coin as torch_trainer.py does: windows gathered from rows, forward,
// backward, clipping, AdamW. Checks that the loss falls before it reports a time. One JSON line.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

#include "backend/cpu/make.h"
#include "base/error.h"
#include "base/json.h"
#include "base/philox.h"
#include "model/forecaster.h"
#include "optim/optimizer.h"
#include "timing_backend.h"

namespace moneta {
namespace {

struct Setting {
  std::size_t hidden = 128, layers = 2, steps = 60, batch = 64, rows = 60'000;
  std::size_t threads = 2, warmup = 2, updates = 8;
  double dropout = 0.25;
  std::string precision = "f32";
};

/// Rows whose first feature tells the target, so that the loss must fall.
class Coin {
 public:
  Coin(Backend& backend, Forecaster& model, Setting const& setting)
      : backend_(backend),
        model_(model),
        setting_(setting),
        rows_(backend.allocate(setting.rows * feature_count * 4)),
        scaler_(backend.allocate(2 * feature_count * 4)),
        ends_(backend.allocate(setting.batch * 8)),
        keys_(backend.allocate(setting.batch * 8)),
        target_(backend.allocate(setting.batch * 4)) {
    for (std::size_t i = 0; i < setting.rows * feature_count; ++i) {
      values_.push_back(4 * (uniform_float(philox(1, 2, i).word[0]) - 0.5f));
    }
    backend.upload(rows_->data(), values_.data(), rows_->bytes());
    std::vector<float> scaler(2 * feature_count, 0.0f);
    std::fill(scaler.begin() + feature_count, scaler.end(), 1.0f);
    backend.upload(scaler_->data(), scaler.data(), scaler_->bytes());
    auto const start = initial_parameters(model.layout(), 3, "BENCH");
    for (auto* memory : {&params_, &gradients_, &m_, &v_}) {
      *memory = backend.allocate(start.size() * 4);
      backend.zero((*memory)->data(), (*memory)->bytes());
    }
    backend.upload(params_->data(), start.data(), params_->bytes());
  }

  /// One update; its mean loss.
  double update(std::int64_t number) {
    std::vector<std::int64_t> ends;
    std::vector<std::uint64_t> keys;
    std::vector<float> target;
    for (std::size_t n = 0; n < setting_.batch; ++n) {
      auto const random = philox(4, static_cast<std::uint64_t>(number), n).word[0];
      std::size_t const end = setting_.steps + random % (setting_.rows - setting_.steps);
      ends.push_back(static_cast<std::int64_t>(end));
      keys.push_back(n);
      target.push_back(values_[end * feature_count]);
    }
    backend_.upload(ends_->data(), ends.data(), ends_->bytes());
    backend_.upload(keys_->data(), keys.data(), keys_->bytes());
    backend_.upload(target_->data(), target.data(), target_->bytes());
    auto const scaler = span_of<float const>(*scaler_);
    DeviceBatch batch;
    batch.windows.push_back({span_of<float const>(*rows_), span_of<std::int64_t const>(*ends_),
                             scaler.subspan(0, feature_count),
                             scaler.subspan(feature_count, feature_count)});
    batch.target = span_of<float const>(*target_);
    batch.counted = setting_.batch;
    batch.samples = span_of<std::uint64_t const>(*keys_);
    model_.load_parameters(span_of<float const>(*params_));
    backend_.zero(gradients_->data(), gradients_->bytes());
    auto const scale = 1.0f / static_cast<float>(setting_.batch);
    model_.accumulate_gradient(batch, static_cast<std::uint64_t>(number), scale,
                               span_of<float>(*gradients_));
    UpdateResult const result = update_parameters(
        backend_, OptimizerConfig{}, 5e-4, number + 1, span_of<float>(*params_),
        span_of<float>(*m_), span_of<float>(*v_), span_of<float const>(*gradients_));
    MONETA_REQUIRE(result.applied, internal, "the gradient is not finite");
    return backend_.take_loss_sum() / static_cast<double>(setting_.batch);
  }

 private:
  Backend& backend_;
  Forecaster& model_;
  Setting const& setting_;
  std::unique_ptr<DeviceMemory> rows_, scaler_, ends_, keys_, target_;
  std::unique_ptr<DeviceMemory> params_, gradients_, m_, v_;
  std::vector<float> values_;
};

int bench(Setting const& setting) {
  TimingBackend backend(make_cpu_backend(setting.threads));
  ForecasterShape shape;
  shape.model.hidden = setting.hidden;
  shape.model.layers = setting.layers;
  shape.model.dropout = setting.dropout;
  shape.timeframes = {{"1m", 1, setting.steps}};
  shape.batch = setting.batch;
  shape.precision = setting.precision == "bf16" ? Precision::bf16 : Precision::f32;
  Forecaster model(backend, shape);
  Coin coin(backend, model, setting);
  std::int64_t number = 0;
  double first_loss = 0, last_loss = 0;
  for (std::size_t i = 0; i < std::max<std::size_t>(setting.warmup, 1); ++i) {
    double const loss = coin.update(number++);
    if (i == 0) first_loss = loss;
  }
  backend.timings().clear();
  Timings whole;
  std::vector<double> seconds;
  for (std::size_t i = 0; i < setting.updates; ++i) {
    whole.clear();
    timed(whole, "update", [&] { last_loss = coin.update(number++); });
    seconds.push_back(whole["update"]);
  }
  MONETA_REQUIRE(std::isfinite(last_loss) && last_loss < 1.2 * first_loss, internal,
                 "the loss went from ", first_loss, " to ", last_loss);
  double total = 0;
  for (double const each : seconds) total += each;
  Json shares = Json::object();
  for (auto const& [name, sum] : backend.timings()) shares[name] = sum / total;
  double const products = backend.timings()["lstm"] + backend.timings()["linear"];
  std::nth_element(seconds.begin(), seconds.begin() + static_cast<long>(seconds.size() / 2),
                   seconds.end());
  double const median = seconds[seconds.size() / 2];
  Json const result = {{"hidden", setting.hidden},
                       {"layers", setting.layers},
                       {"steps", setting.steps},
                       {"batch", setting.batch},
                       {"precision", setting.precision},
                       {"device", backend.description()},
                       {"parameters", model.layout().size},
                       {"seconds_per_update", median},
                       {"sequences_per_second", static_cast<double>(setting.batch) / median},
                       {"share_outside_lstm_and_products", 1 - products / total},
                       {"shares", shares}};
  std::printf("%s\n", result.dump().c_str());
  return 0;
}

}  // namespace
}  // namespace moneta

int main(int count, char** words) {
  CLI::App program{"Times training on the CPU", "bench_training"};
  moneta::Setting setting;
  program.add_option("--hidden", setting.hidden);
  program.add_option("--layers", setting.layers);
  program.add_option("--steps", setting.steps);
  program.add_option("--batch", setting.batch);
  program.add_option("--rows", setting.rows);
  program.add_option("--threads", setting.threads);
  program.add_option("--warmup", setting.warmup);
  program.add_option("--updates", setting.updates);
  program.add_option("--dropout", setting.dropout);
  program.add_option("--precision", setting.precision)->check(CLI::IsMember({"f32", "bf16"}));
  CLI11_PARSE(program, count, words);
  try {
    return moneta::bench(setting);
  } catch (moneta::Error const& error) {
    std::fprintf(stderr, "bench_training: %s\n", error.what());
    return error.exit_status();
  }
}
