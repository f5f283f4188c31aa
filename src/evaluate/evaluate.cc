// SPDX-License-Identifier: Apache-2.0
#include "evaluate/evaluate.h"

#include <charconv>
#include <iomanip>
#include <sstream>

#include "base/error.h"
#include "base/json.h"
#include "base/loss.h"
#include "base/time.h"
#include "checkpoint/load.h"
#include "data/load_dataset.h"
#include "data/manifest.h"
#include "data/split.h"
#include "evaluate/predictor.h"
#include "io/commit_file.h"
#include "io/file.h"
#include "run/require_run.h"
#include "run/run_folder.h"

namespace moneta {
namespace {

double mean_loss(TrainConfig const& train, std::span<float const> target,
                 std::span<float const> prediction) {
  double sum = 0;
  for (std::size_t i = 0; i < target.size(); ++i) {
    double const error = double{prediction[i]} - double{target[i]};
    sum += loss_of_error(train.loss, train.huber_delta, error);
  }
  return sum / static_cast<double>(target.size());
}

/// The shortest decimal that is this price and no other, without an exponent.
std::string price_text(double price) {
  char digits[352];  // a double has at most 309 digits before the point, or 324 + 17 behind it
  auto const end =
      std::to_chars(digits, digits + sizeof digits, price, std::chars_format::fixed).ptr;
  return {digits, end};
}

void write_predictions(RunFolder const& folder, CoinDataset const& dataset,
                       std::span<float const> prediction) {
  create_folder(folder.predictions());
  std::ostringstream text;
  text << "time,close,target,prediction\n" << std::setprecision(9);
  for (std::size_t i = 0; i < prediction.size(); ++i) {
    std::size_t const s = dataset.split.test.begin + i;
    text << utc_text(dataset.time_s[s]) << ',' << price_text(dataset.close[s]) << ','
         << dataset.target[s] << ',' << prediction[i] << '\n';
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
  MONETA_REQUIRE(
      state.header.data_digest == dataset.digest, data,
      "its shards are not the ones that it was trained on. Prepare the same data again?");
  MONETA_REQUIRE(state.params.size() == predictor.parameter_count(), data,
                 "the checkpoint '{}' belongs to another model", result.checkpoint);
  SampleRange const test = dataset.split.test;
  result.dates = split_dates(dataset.time_s, dataset.split);
  auto const scaled = predictor.predict(state, dataset, test);
  std::vector<float> target, scaled_target, prediction;
  for (std::size_t i = 0; i < test.size(); ++i) {
    target.push_back(dataset.target[test.begin + i]);
    scaled_target.push_back(target.back() / state.header.target_stddev);
    prediction.push_back(scaled[i] * state.header.target_stddev);
  }
  result.train_loss = state.header.progress.train_loss;
  result.valid_loss = state.header.progress.valid_loss;
  result.test_loss = mean_loss(config.train, scaled_target, scaled);
  result.naive_loss =
      mean_loss(config.train, scaled_target, std::vector<float>(scaled_target.size()));
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
          {"no_change_loss", coin.naive_loss},
          {"samples", coin.metrics.samples},
          {"mse", coin.metrics.mse},
          {"no_change_mse", coin.metrics.naive_mse},
          {"r2", coin.metrics.r2},
          {"direction", coin.metrics.hit_rate},
          {"ic", coin.metrics.ic},
          {"rank_ic", coin.metrics.rank_ic},
          {"dates", to_json(coin.dates)}};
}

void write_evaluation(RunFolder const& folder, Evaluation const& evaluation, Precision precision) {
  Json json = {{"run", evaluation.run},
               {"checkpoint", evaluation.which == WhichCheckpoint::best ? "best" : "last"},
               {"split", "test"},
               {"precision", to_string(precision)},
               {"loss_unit", "variance of the train targets"},
               {"coins", Json::array()}};
  for (CoinEvaluation const& coin : evaluation.coins) json["coins"].push_back(to_json(coin));
  commit_text(folder.evaluation(), json.dump(2) + "\n");
}

/// Where the shards were looked for, if there are none.
std::string shards_hint(Config const& config) {
  if (file_exists(manifest_path(config.data.shards))) return "";
  return fmt::format(" They were looked for in '{}'; --shards names another folder",
                     std::filesystem::absolute(config.data.shards).string());
}

}  // namespace

Evaluation evaluate_run(std::filesystem::path const& run, WhichCheckpoint which,
                        std::optional<std::string> const& shards) {
  RunFolder const folder(run);
  MONETA_REQUIRE(
      std::filesystem::exists(folder.config()), data,
      "'{}' is not a run (it has no config.json). Name a folder that 'moneta train' created, for "
      "example runs/upbit8",
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
      // The predictions of an earlier evaluation would contradict this one.
      std::error_code ignored;
      std::filesystem::remove(folder.predictions() / (coin + ".csv"), ignored);
    }
    evaluation.coins.push_back(std::move(result));
  }
  MONETA_REQUIRE(failures < evaluation.coins.size(), data,
                 "no coin of '{}' could be evaluated. {}: {}{}", run.string(),
                 evaluation.coins.front().coin, evaluation.coins.front().failure,
                 shards_hint(config));
  write_evaluation(folder, evaluation, predictor.precision());
  return evaluation;
}

}  // namespace moneta
