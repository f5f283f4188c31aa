// SPDX-License-Identifier: Apache-2.0
// The fixtures of these tests, each on top of the next one:
//
//   one_coin.h        EightCoins     eight coins, one of which gets into trouble
//   narrow_run.h      NarrowRun      a run whose device runs out of memory at a chosen point
//   rank_run.h        RankRun        trains made-up coins as one rank and collects its messages
//   narrow_backend.h  NarrowBackend  the CPU as a device with a limited memory and late copies
//   half_backend.h   HalfBackend    the CPU as a device that has fp16
//   support/wrapped_backend.h        forwards every call to a real backend
//
// one_coin_test.cc and mpi/one_coin_mpi_test.cc use EightCoins; gradient_parts_test.cc,
// memory_options_test.cc, planned_bytes_test.cc, prepare_device_test.cc, snapshot_test.cc, one test
// of rank_training_test.cc and mpi/run_out_mpi_test.cc use NarrowRun; rank_training_test.cc and
// loss_scale_test.cc use RankRun. RankRun uses the plain CPU backend unless a test or a fixture
// replaces `make_backend_`.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "backend/cpu/make.h"
#include "base/philox.h"
#include "engine/gradient_all_reduce.h"
#include "engine/model_shape.h"
#include "engine/prepare_device.h"
#include "plan/print_memory_options.h"
#include "train/narrow_backend.h"
#include "train/rank_training.h"
#include "train/start_coin.h"

namespace moneta {

namespace fs = std::filesystem;

/// Rows in memory, in the compact layout.
class RowsInMemory : public WindowSource {
 public:
  RowsInMemory(std::vector<float> rows, std::vector<std::int64_t> ends)
      : rows_(std::move(rows)), ends_(std::move(ends)) {}
  bool rows_are_resident() const override { return true; }
  std::span<float const> resident_rows(std::size_t /*k*/) const override { return rows_; }
  WindowRows windows(std::size_t /*k*/, std::span<std::size_t const> samples) override {
    batch_.clear();
    for (std::size_t const sample : samples) batch_.push_back(ends_[sample]);
    return {rows_, batch_};
  }

 private:
  std::vector<float> rows_;
  std::vector<std::int64_t> ends_, batch_;
};

inline constexpr std::size_t steps = 8, sample_count = 400;

/// A dataset whose targets are a feature of the last row of their windows, so that they can be
/// learned.
inline CoinDataset make_dataset(std::string const& coin) {
  CoinDataset dataset;
  dataset.coin = coin;
  dataset.steps = {steps};
  std::vector<float> rows;
  std::vector<std::int64_t> ends;
  std::uint64_t const key = random_key(1, coin, RandomPurpose::synthetic_market);
  for (std::size_t row = 0; row < sample_count + steps; ++row) {
    for (std::size_t f = 0; f < feature_count; ++f) {
      rows.push_back(2 * uniform_float(philox(key, row, f).word[0]) - 1);
    }
  }
  for (std::size_t s = 0; s < sample_count; ++s) {
    ends.push_back(static_cast<std::int64_t>(s + steps));
    dataset.time_s.push_back(static_cast<std::int64_t>(300 * s));
    dataset.close.push_back(1);
    dataset.target.push_back(rows[(s + steps) * feature_count]);
  }
  dataset.split = {{0, 256}, {280, 330}, {350, 400}};
  dataset.scaler.mean = {std::vector<float>(feature_count, 0)};
  dataset.scaler.stddev = {std::vector<float>(feature_count, 1)};
  dataset.digest = "made up";
  dataset.source = std::make_unique<RowsInMemory>(std::move(rows), std::move(ends));
  return dataset;
}

inline Config make_config() {
  Config config;
  config.coins = {"A", "B"};
  config.data.timeframes = {{"1m", 1, steps}};
  config.model.hidden = 6;
  config.model.layers = 2;
  config.train.epochs = 4;
  config.train.batch = 8;
  config.train.accumulate = 4;
  config.train.early_stop.patience = 0;
  config.train.optimizer.learning_rate = 0.01;
  config.device.threads = 1;
  return config;
}

class RankRun : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / fmt::format("moneta_rank_test_{}", ::getpid());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    config_ = make_config();
  }
  void TearDown() override { fs::remove_all(folder_); }

  struct Outcome {
    int status = 0;
    std::vector<EpochRecord> epochs;
    std::vector<EventRecord> events;
    std::vector<SavedCheckpoint> saved;

    std::size_t count(Event event) const {
      return static_cast<std::size_t>(
          std::count_if(events.begin(), events.end(),
                        [&](EventRecord const& each) { return each.event == event; }));
    }
    SavedCheckpoint last(std::string const& coin) const {
      SavedCheckpoint found;
      for (SavedCheckpoint const& each : saved) {
        if (each.coin == coin) found = each;
      }
      return found;
    }
  };

  /// The sizes from which a plan is computed.
  std::vector<CoinSizes> sizes(std::vector<CoinDataset> const& datasets) const {
    std::vector<CoinSizes> found;
    for (CoinDataset const& dataset : datasets) {
      found.push_back({dataset.coin, sample_count, {sample_count + steps}, ""});
    }
    return found;
  }

  /// Trains the datasets from their initial states, or from `states`, with the settings of the
  /// members below.
  Outcome run(std::vector<CoinDataset> datasets, std::size_t micro_batch = 8,
              std::vector<CoinState> states = {}, std::int64_t stop_after_updates = -1) {
    Team team(session(), work_);
    auto backend = make_backend_();
    auto sum = make_all_reduce_(team, *backend, layout_of(config_).size);
    TrainingDevice device(std::move(backend), std::move(sum), config_, precision_);
    Plan plan;
    plan.micro_batch = micro_batch;
    plan.evaluation_batch = memory_options_.share_model ? micro_batch : 16;
    plan.memory_options = memory_options_;
    plan.total_bytes = budget_.total;
    device.build(plan, algorithms_);
    if (before_loading_) before_loading_();
    RankWork work = work_;
    for (std::size_t i = 0; i < datasets.size(); ++i) work.coins.push_back(i);
    auto const all_sizes = sizes(datasets);
    Outcome outcome;
    std::int64_t updates = 0;
    auto const post = [&](RankMessage message) {
      if (auto const* saved = std::get_if<SavedCheckpoint>(&message)) reported_.push_back(*saved);
      take(outcome, std::move(message));
    };
    auto const smaller = [&](Plan const& failed, PlanReduction const& reduction) {
      if (before_smaller_plan_) before_smaller_plan_();
      plans_.push_back(smaller_plan(device, config_, all_sizes, work, {}, failed, reduction));
      return plans_.back();
    };
    RankTraining rank(
        config_, folder_, 0, device, team,
        {.post = post,
         .between_updates = [&] { ++updates; },
         .stop_requested = [&] { return stop_after_updates >= 0 && updates >= stop_after_updates; },
         .smaller_plan = smaller});
    std::vector<CoinStart> coins;
    OomRecovery oom_recovery(device, team, coins, {.smaller_plan = smaller, .post = post});
    for (std::size_t i = 0; i < datasets.size(); ++i) {
      LoadedCoin loaded{.coin = datasets[i].coin};
      loaded.state = i < states.size() ? states[i]
                                       : initial_state(config_, device.layout(), datasets[i],
                                                       precision_, micro_batch);
      for (SavedCheckpoint const& each : earlier_) {
        if (each.coin == loaded.coin && each.update_in_epoch == 0) loaded.last_whole_epoch = each;
      }
      loaded.dataset = std::make_shared<CoinDataset>(std::move(datasets[i]));
      coins.push_back(start_coin(config_, device, team, oom_recovery, std::move(loaded)));
    }
    for (std::string const& coin : not_loadable_) {
      coins.push_back({.coin = coin, .failure = "no shards"});
    }
    outcome.status = rank.run(std::move(coins));
    for (SavedCheckpoint const& each : outcome.saved) remember(outcome.last(each.coin));
    return outcome;
  }

  static MpiSession& session() {
    static MpiSession only;
    return only;
  }

  static void take(Outcome& outcome, RankMessage message) {
    if (auto* epoch = std::get_if<EpochRecord>(&message)) outcome.epochs.push_back(*epoch);
    if (auto* event = std::get_if<EventRecord>(&message)) outcome.events.push_back(*event);
    if (auto* saved = std::get_if<SavedCheckpoint>(&message)) outcome.saved.push_back(*saved);
  }

  /// The state in a checkpoint. That of the last checkpoint of a run is the one that this run
  /// saved, even if a later run has written a file of the same name.
  CoinState read(SavedCheckpoint const& saved) const {
    auto const found = last_states_.find(saved.sha256);
    return found == last_states_.end() ? read_checkpoint(folder_ / saved.file) : found->second;
  }

  static std::vector<CoinDataset> datasets(std::vector<std::string> const& coins) {
    std::vector<CoinDataset> made;
    for (std::string const& coin : coins) made.push_back(make_dataset(coin));
    return made;
  }

  void remember(SavedCheckpoint const& last) {
    if (!fs::exists(folder_ / last.file)) return;
    last_states_[last.sha256] = read_checkpoint(folder_ / last.file);
  }

  fs::path folder_;
  std::map<std::string, CoinState> last_states_;  // of runs that have ended, by digest
  Config config_;
  std::vector<std::string> not_loadable_;  // coins without a trainer
  RankWork work_;                          // the team of this rank
  Precision precision_ = Precision::f32;
  MemoryOptions memory_options_;
  LstmAlgorithms algorithms_;  // the CPU has only one, but training may depend on them
  MemoryBudget budget_;        // of a NarrowBackend
  std::vector<Plan> plans_;    // made after the device ran out of memory
  std::function<std::unique_ptr<Backend>()> make_backend_ = [] { return make_cpu_backend(1); };
  std::function<std::unique_ptr<GradientAllReduce>(Team&, Backend&, std::size_t)> make_all_reduce_ =
      make_host_all_reduce;
  std::vector<SavedCheckpoint> earlier_;       // of earlier starts
  std::vector<SavedCheckpoint> reported_;      // by all runs, even by one that threw
  std::function<void()> before_loading_;       // called after the device is built
  std::function<void()> before_smaller_plan_;  // may throw, as if there were none
};

}  // namespace moneta
