// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "base/error.h"
#include "base/philox.h"
#include "model/forecaster.h"
#include "optim/loss_scaler.h"
#include "optim/optimizer.h"

namespace moneta {

/// What the benchmarks train, like torch_trainer.py: windows are gathered from rows on the device,
/// then forward pass, backward pass, clipping and AdamW. Several coins alternate after each update.
struct BenchSetting {
  std::string precision = "f32";
  std::size_t hidden = 128, layers = 2, batch = 64, accumulate = 1, coins = 1, rows = 60'000;
  std::size_t warmup = 2, updates = 8;
  std::vector<std::size_t> steps = {60};  ///< one for each timeframe
  double dropout = 0.25;
  Recompute recompute;
  LstmAlgorithms algorithms;

  std::size_t effective_batch() const { return batch * accumulate; }
};

inline void add_options(CLI::App& program, BenchSetting& setting) {
  program.add_option("--precision", setting.precision)
      ->check(CLI::IsMember({"f32", "tf32", "bf16", "fp16"}));
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
}

inline ForecasterShape shape_of(BenchSetting const& setting) {
  ForecasterShape shape;
  shape.model.hidden = setting.hidden;
  shape.model.layers = setting.layers;
  shape.model.dropout = setting.dropout;
  for (std::size_t k = 0; k < setting.steps.size(); ++k) {
    shape.timeframes.push_back({fmt::format("{}m", k + 1), 1, setting.steps[k]});
  }
  shape.batch = setting.batch;
  shape.precision = precision_named(setting.precision);
  shape.recompute = setting.recompute;
  shape.algorithms = setting.algorithms;
  return shape;
}

/// A coin with random rows. The first feature of a row is the target, so that the loss must fall.
class BenchCoin {
 public:
  BenchCoin(Backend& backend, ParameterLayout const& layout, BenchSetting const& setting,
            std::uint64_t key)
      : backend_(backend), setting_(setting), key_(key) {
    if (setting.precision != "fp16") loss_scaler_ = LossScaler({1, 0});
    for (std::size_t k = 0; k < setting.steps.size(); ++k) {
      std::vector<float> values;
      for (std::size_t i = 0; i < setting.rows * feature_count; ++i) {
        values.push_back(4 * (uniform_float(philox(key + k, 1, i).word[0]) - 0.5f));
      }
      rows_.push_back(keep(values));
      if (k == 0) values_ = std::move(values);
    }
    std::vector<float> scaler(2 * feature_count, 0.0f);
    std::fill(scaler.begin() + feature_count, scaler.end(), 1.0f);
    scaler_ = keep(scaler);
    params_ = keep(initial_parameters(layout, key, "BENCH"));
    for (auto* state : {&m_, &v_}) *state = keep(std::vector<float>(layout.size));
    ends_ = backend.allocate(setting.batch * sizeof(std::int64_t));
    keys_ = backend.allocate(setting.batch * sizeof(std::uint64_t));
    target_ = backend.allocate(setting.batch * sizeof(float));
  }

  /// Device memory of the coin.
  std::size_t bytes() const {
    std::size_t sum = 0;
    for (Memory const& rows : rows_) sum += rows->bytes();
    for (auto const* each : {&scaler_, &params_, &m_, &v_, &ends_, &keys_, &target_}) {
      sum += (*each)->bytes();
    }
    return sum;
  }

  /// The windows of micro-batch number `number`; valid until the next call.
  DeviceBatch batch(std::uint64_t update, std::size_t number) {
    std::size_t const longest = *std::max_element(setting_.steps.begin(), setting_.steps.end());
    std::vector<std::int64_t> ends;
    std::vector<std::uint64_t> keys;
    std::vector<float> target;
    for (std::size_t n = 0; n < setting_.batch; ++n) {
      std::uint64_t const sample = number * setting_.batch + n;
      auto const random = philox(key_ + 4, update, sample).word[0];
      std::size_t const end = longest + random % (setting_.rows - longest);
      ends.push_back(static_cast<std::int64_t>(end));
      keys.push_back(sample);
      target.push_back(values_[end * feature_count]);
    }
    backend_.upload(ends_->data(), ends.data(), ends_->bytes());
    backend_.upload(keys_->data(), keys.data(), keys_->bytes());
    backend_.upload(target_->data(), target.data(), target_->bytes());
    auto const scaler = span_of<float const>(*scaler_);
    DeviceBatch batch;
    for (Memory const& rows : rows_) {
      batch.windows.push_back({span_of<float const>(*rows), span_of<std::int64_t const>(*ends_),
                               scaler.subspan(0, feature_count),
                               scaler.subspan(feature_count, feature_count)});
    }
    batch.target = span_of<float const>(*target_);
    batch.valid_count = setting_.batch;
    batch.samples = span_of<std::uint64_t const>(*keys_);
    return batch;
  }

  void load(Forecaster& model) { model.load_parameters(span_of<float const>(*params_)); }

  /// Runs one update and returns its mean loss.
  double update(Forecaster& model, DeviceMemory& gradients, std::uint64_t number) {
    load(model);
    backend_.zero(gradients.data(), gradients.bytes());
    auto const count = static_cast<double>(setting_.effective_batch());
    for (std::size_t i = 0; i < setting_.accumulate; ++i) {
      model.accumulate_gradient(batch(number, i), number,
                                static_cast<float>(loss_scaler_.scale() / count),
                                span_of<float>(gradients));
    }
    double const loss = backend_.take_loss_sum() / count;
    PlannedUpdate const update =
        plan_update(backend_, OptimizerConfig{}, 5e-4, static_cast<std::int64_t>(number) + 1,
                    span_of<float const>(gradients), loss_scaler_.scale());
    if (model.shape().precision == Precision::fp16) {
      loss_scaler_.update(update.result.applied);
    } else {
      MONETA_REQUIRE(update.result.applied, internal, "the gradient is not finite");
    }
    if (update.result.applied) {
      backend_.adamw(update.adamw, span_of<float>(*params_), span_of<float>(*m_),
                     span_of<float>(*v_), span_of<float const>(gradients));
    }
    return loss;
  }

 private:
  using Memory = std::unique_ptr<DeviceMemory>;

  Memory keep(std::vector<float> const& values) {
    Memory memory = backend_.allocate(values.size() * sizeof(float));
    backend_.upload(memory->data(), values.data(), memory->bytes());
    return memory;
  }

  Backend& backend_;
  BenchSetting const& setting_;
  std::uint64_t key_;
  std::vector<float> values_;  // rows of the first timeframe
  std::vector<Memory> rows_;   // [K]
  Memory scaler_, params_, m_, v_, ends_, keys_, target_;
  LossScaler loss_scaler_;  // for fp16; otherwise its scale stays 1
};

/// The coins of a setting, the model that they share, and their first and last loss.
class TrainingBench {
 public:
  TrainingBench(Backend& backend, BenchSetting const& setting)
      : backend_(backend),
        model_(backend, shape_of(setting)),
        gradients_(backend.allocate(model_.layout().size * sizeof(float))) {
    for (std::size_t i = 0; i < setting.coins; ++i) {
      coins_.push_back(
          std::make_unique<BenchCoin>(backend, model_.layout(), setting, 10 * (i + 1)));
    }
  }

  Forecaster& model() { return model_; }
  DeviceMemory& gradients() { return *gradients_; }
  BenchCoin& coin() { return *coins_.front(); }
  double last_loss() const { return last_loss_; }

  /// Throws Error (internal) if the loss has exploded; with small batches it fluctuates.
  void check_loss() const {
    MONETA_REQUIRE(std::isfinite(last_loss_) && last_loss_ < 2 * first_loss_, internal,
                   "the loss went from {} to {}", first_loss_, last_loss_);
  }

  /// Planned device memory of the model, the gradients and the coins.
  std::size_t bytes() const {
    std::size_t sum = forecaster_bytes(backend_, model_.shape()).total() + gradients_->bytes();
    for (auto const& coin : coins_) sum += coin->bytes();
    return sum;
  }

  /// Runs `times` updates of every coin. Returns the sorted seconds per update.
  std::vector<double> update(std::size_t times) {
    std::vector<double> seconds;
    for (std::size_t i = 0; i < times; ++i) {
      auto const start = std::chrono::steady_clock::now();
      for (auto const& coin : coins_) {
        last_loss_ = coin->update(model_, *gradients_, number_);
        if (number_ == 0) first_loss_ = last_loss_;
      }
      ++number_;
      backend_.synchronize();
      std::chrono::duration<double> const taken = std::chrono::steady_clock::now() - start;
      seconds.push_back(taken.count() / static_cast<double>(coins_.size()));
    }
    std::sort(seconds.begin(), seconds.end());
    return seconds;
  }

 private:
  Backend& backend_;
  Forecaster model_;
  std::unique_ptr<DeviceMemory> gradients_;
  std::vector<std::unique_ptr<BenchCoin>> coins_;
  std::uint64_t number_ = 0;
  double first_loss_ = 0, last_loss_ = 0;
};

}  // namespace moneta
