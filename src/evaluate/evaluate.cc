// SPDX-License-Identifier: Apache-2.0
#include "evaluate/evaluate.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iomanip>
#include <sstream>

#include "base/error.h"
#include "base/time.h"
#include "checkpoint/index.h"
#include "data/load_dataset.h"
#include "engine/batch_builder.h"
#include "engine/setup.h"
#include "io/commit_file.h"
#include "run/run_folder.h"

namespace moneta {
namespace {

/// The device and the model that all coins of a run share, planned once.
class Predictor {
 public:
  Predictor(Config const& config, CheckpointIndex const& index)
      : backend_(make_backend(config.device, {})),
        precision_(precision_of(config, index, *backend_)),
        model_(*backend_, forecaster_shape(config, precision_, batch_size(config), false)),
        batches_(*backend_, batch_size(config), steps_of(config)) {}

  /// Predictions of the scaled target for samples in their order.
  std::vector<float> predict(CoinState const& state, CoinDataset& dataset, SampleRange range) {
    auto const params = backend_->allocate(state.params.size() * sizeof(float));
    backend_->upload(params->data(), state.params.data(), params->bytes());
    model_.load_parameters(span_of<float const>(*params));
    DeviceRows const rows(*backend_, dataset);
    std::vector<float> predictions;
    std::size_t const batch = model_.shape().batch;
    for (std::size_t first = range.begin; first < range.end; first += batch) {
      std::vector<std::size_t> samples;
      for (std::size_t s = first; s < std::min(first + batch, range.end); ++s) samples.push_back(s);
      std::vector<std::uint64_t> const keys(samples.size());
      auto const values = model_.predict(batches_.build(rows, samples, keys));
      std::size_t const before = predictions.size();
      predictions.resize(before + samples.size());
      backend_->download(predictions.data() + before, values.data(),
                         samples.size() * sizeof(float));
    }
    return predictions;
  }

  std::size_t parameters() const { return model_.layout().size; }
  Precision precision() const { return precision_; }

 private:
  static constexpr std::size_t most_windows_at_once = 128;

  static std::size_t batch_size(Config const& config) {
    return std::min(config.device.batch, most_windows_at_once);
  }
  /// That of the training, if this machine is fast at it.
  static Precision precision_of(Config const& config, CheckpointIndex const& index,
                                Backend const& backend) {
    Precision const own = choose_precision(config.train.precision, backend);
    if (config.train.precision != PrecisionChoice::automatic) return own;
    for (auto const& [coin, entries] : index.coins) {
      if (!entries.empty()) return std::min(own, precision_named(entries.back().precision));
    }
    return own;
  }
  static std::vector<std::size_t> steps_of(Config const& config) {
    std::vector<std::size_t> steps;
    for (TimeframeConfig const& each : config.data.timeframes) steps.push_back(each.steps);
    return steps;
  }

  std::unique_ptr<Backend> backend_;
  Precision precision_;
  Forecaster model_;
  BatchBuilder batches_;
};

double mean_loss(Config const& config, std::span<float const> target,
                 std::span<float const> prediction) {
  double sum = 0;
  double const delta = config.train.huber_delta;
  for (std::size_t i = 0; i < target.size(); ++i) {
    double const error = std::abs(double{prediction[i]} - double{target[i]});
    bool const square = config.train.loss == LossKind::mse;
    sum +=
        square ? error * error : (error <= delta ? error * error / 2 : delta * (error - delta / 2));
  }
  return sum / static_cast<double>(target.size());
}

void write_predictions(RunFolder const& folder, CoinDataset const& dataset,
                       std::span<float const> prediction) {
  create_folder(folder.predictions());
  std::ostringstream text;
  text << "time,close,target,prediction\n" << std::setprecision(9);
  for (std::size_t i = 0; i < prediction.size(); ++i) {
    std::size_t const s = dataset.split.test.begin + i;
    text << utc_text(dataset.time_s[s]) << ',' << dataset.close[s] << ',' << dataset.target[s]
         << ',' << prediction[i] << '\n';
  }
  commit_text(folder.predictions() / (dataset.coin + ".csv"), text.str());
}

CoinState load_state(RunFolder const& folder, CheckpointIndex const& index, WhichCheckpoint which,
                     CoinEvaluation& result) {
  auto const chosen = which == WhichCheckpoint::best ? best_checkpoint(index, result.coin)
                                                     : last_checkpoint(index, result.coin);
  MONETA_REQUIRE(chosen, data, "it has no {} yet. Train it first?",
                 which == WhichCheckpoint::best ? "checkpoint of a whole epoch" : "checkpoint");
  result.checkpoint = chosen->file;
  result.epoch = chosen->epoch;
  return load_checkpoint(folder.checkpoints(), *chosen);
}

void evaluate_coin(Config const& config, RunFolder const& folder, CheckpointIndex const& index,
                   WhichCheckpoint which, Predictor& predictor, CoinEvaluation& result) {
  CoinState const state = load_state(folder, index, which, result);
  CoinDataset dataset = load_dataset(config, result.coin);
  MONETA_REQUIRE(state.data_digest == dataset.digest, data,
                 "its shards are not those it was trained on. Prepare the same data again?");
  MONETA_REQUIRE(state.params.size() == predictor.parameters(), data,
                 "the checkpoint '{}' belongs to another model", result.checkpoint);
  SampleRange const test = dataset.split.test;
  auto const scaled = predictor.predict(state, dataset, test);
  std::vector<float> target, scaled_target, prediction;
  for (std::size_t i = 0; i < test.size(); ++i) {
    target.push_back(dataset.target[test.begin + i]);
    scaled_target.push_back(target.back() / state.target_stddev);
    prediction.push_back(scaled[i] * state.target_stddev);
  }
  result.train_loss = state.progress.train_loss;
  result.valid_loss = state.progress.valid_loss;
  result.test_loss = mean_loss(config, scaled_target, scaled);
  result.no_change_loss =
      mean_loss(config, scaled_target, std::vector<float>(scaled_target.size()));
  result.metrics = compute_metrics(target, prediction);
  write_predictions(folder, dataset, prediction);
}

Json to_json(CoinEvaluation const& coin) {
  if (!coin.failure.empty()) return {{"coin", coin.coin}, {"failure", coin.failure}};
  return {{"coin", coin.coin},
          {"checkpoint", coin.checkpoint},
          {"epoch", coin.epoch},
          {"train_loss", coin.train_loss},
          {"valid_loss", coin.valid_loss},
          {"test_loss", coin.test_loss},
          {"no_change_loss", coin.no_change_loss},
          {"samples", coin.metrics.samples},
          {"mse", coin.metrics.mse},
          {"no_change_mse", coin.metrics.no_change_mse},
          {"r2", coin.metrics.r2},
          {"direction", coin.metrics.direction},
          {"ic", coin.metrics.ic},
          {"rank_ic", coin.metrics.rank_ic}};
}

}  // namespace

Evaluation evaluate_run(std::filesystem::path const& run, WhichCheckpoint which,
                        std::optional<std::string> const& shards) {
  RunFolder const folder(run);
  MONETA_REQUIRE(
      std::filesystem::exists(folder.config()), data,
      "'{}' is not a run (it holds no config.json). Name a folder that 'moneta train' made, for example runs/upbit8",
      run.string());
  Config config = read_run_config(folder);
  if (shards) config.data.shards = *shards;
  CheckpointIndex const index = read_index(folder.checkpoints());
  Predictor predictor(config, index);
  Evaluation evaluation{run.string(), which, {}};
  std::size_t failures = 0;
  for (std::string const& coin : config.coins) {
    CoinEvaluation result;
    result.coin = coin;
    try {
      evaluate_coin(config, folder, index, which, predictor, result);
    } catch (Error const& error) {
      if (error.kind() != ErrorKind::data) throw error.within(coin);
      result.failure = error.what();
      ++failures;
      std::error_code ignored;  // predictions of an earlier evaluation are not this one's
      std::filesystem::remove(folder.predictions() / (coin + ".csv"), ignored);
    }
    evaluation.coins.push_back(std::move(result));
  }
  MONETA_REQUIRE(failures < evaluation.coins.size(), data,
                 "no coin of '{}' could be evaluated. {}: {}", run.string(),
                 evaluation.coins.front().coin, evaluation.coins.front().failure);
  Json json = {{"run", evaluation.run},
               {"checkpoint", which == WhichCheckpoint::best ? "best" : "last"},
               {"split", "test"},
               {"precision", to_string(predictor.precision())},
               {"loss_unit", "variance of the train targets"},
               {"coins", Json::array()}};
  for (CoinEvaluation const& coin : evaluation.coins) json["coins"].push_back(to_json(coin));
  commit_text(folder.evaluation(), json.dump(2) + "\n");
  return evaluation;
}

}  // namespace moneta
