// SPDX-License-Identifier: Apache-2.0
// One rank's training on a coin made up in memory: what a run does when gradients are not finite,
// when it is told to stop, when a coin cannot be loaded, and when saving fails.
#include "train/rank.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>

#include "backend/cpu/make.h"
#include "base/error.h"
#include "base/philox.h"
#include "train/setup.h"

#ifdef __SANITIZE_ADDRESS__
/// Open MPI, which these tests start, never frees some of its memory.
extern "C" int __lsan_is_turned_off() { return 1; }
#endif

namespace moneta {
namespace {

namespace fs = std::filesystem;

/// Rows in memory, as the compact layout has them.
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

constexpr std::size_t steps = 8, sample_count = 400;

/// A target that the last row tells.
CoinDataset make_dataset(std::string const& coin) {
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
  dataset.scaler.deviation = {std::vector<float>(feature_count, 1)};
  dataset.digest = "made up";
  dataset.source = std::make_unique<RowsInMemory>(std::move(rows), std::move(ends));
  return dataset;
}

Config make_config() {
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
    folder_ = fs::temp_directory_path() / cat("moneta_rank_test_", ::getpid());
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

    std::size_t count(std::string const& action) const {
      return static_cast<std::size_t>(
          std::count_if(events.begin(), events.end(),
                        [&](EventRecord const& event) { return event.action == action; }));
    }
    SavedCheckpoint last(std::string const& coin) const {
      SavedCheckpoint found;
      for (SavedCheckpoint const& each : saved) {
        if (each.coin == coin) found = each;
      }
      return found;
    }
  };

  /// Trains the datasets from their start, or from `states`.
  Outcome run(std::vector<CoinDataset> datasets, std::size_t micro_batch = 8,
              std::vector<CoinState> states = {}, std::int64_t stop_after_updates = -1) {
    auto const backend = make_cpu_backend(1);
    Forecaster training(*backend, forecaster_shape(config_, Precision::f32, micro_batch, true));
    Forecaster evaluation(*backend, forecaster_shape(config_, Precision::f32, 16, false));
    std::size_t const lengths[] = {steps};
    BatchBuilder training_batches(*backend, micro_batch, lengths);
    BatchBuilder evaluation_batches(*backend, 16, lengths);
    std::size_t const parameters = training.layout().size;
    auto const gradients = backend->allocate(parameters * sizeof(float));
    std::unique_ptr<DeviceState> shared_state;
    if (offload_) shared_state = std::make_unique<DeviceState>(*backend, parameters);
    static MpiSession session;
    Team team(session, RankWork{});
    Outcome outcome;
    std::int64_t updates = 0;
    RankTraining rank(config_, folder_, 0, team,
                      {[&](Report report) { take(outcome, std::move(report)); }, [&] { ++updates; },
                       [&] { return stop_after_updates >= 0 && updates >= stop_after_updates; }});
    std::vector<CoinStart> coins;
    for (std::size_t i = 0; i < datasets.size(); ++i) {
      CoinDataset& dataset = datasets[i];
      CoinState state = i < states.size() ? states[i]
                                          : initial_state(config_, training.layout(), dataset,
                                                          Precision::f32, micro_batch);
      std::string const coin = dataset.coin;
      TrainingDevice const device{*backend,           training, evaluation, training_batches,
                                  evaluation_batches, team,     *gradients, shared_state.get()};
      coins.push_back(
          {coin,
           std::make_unique<CoinTrainer>(config_, device, std::move(dataset), std::move(state)),
           ""});
    }
    for (SavedCheckpoint const& each : earlier_) rank.remember(each);
    for (std::string const& coin : not_loadable_) coins.push_back({coin, nullptr, "no shards"});
    outcome.status = rank.run(std::move(coins));
    return outcome;
  }

  static void take(Outcome& outcome, Report report) {
    if (auto* epoch = std::get_if<EpochRecord>(&report)) outcome.epochs.push_back(*epoch);
    if (auto* event = std::get_if<EventRecord>(&report)) outcome.events.push_back(*event);
    if (auto* saved = std::get_if<SavedCheckpoint>(&report)) outcome.saved.push_back(*saved);
  }

  CoinState read(SavedCheckpoint const& saved) const {
    return read_checkpoint(folder_ / saved.file);
  }

  static std::vector<CoinDataset> datasets(std::vector<std::string> const& coins) {
    std::vector<CoinDataset> made;
    for (std::string const& coin : coins) made.push_back(make_dataset(coin));
    return made;
  }

  fs::path folder_;
  Config config_;
  std::vector<std::string> not_loadable_;
  bool offload_ = false;
  std::vector<SavedCheckpoint> earlier_;  // checkpoints that are there
};

TEST_F(RankRun, LearnsAndTakesTurnsByEpoch) {
  config_.train.epochs = 12;
  Outcome const outcome = run(datasets({"A", "B"}));
  EXPECT_EQ(outcome.status, 0);
  ASSERT_EQ(outcome.epochs.size(), 24u);
  for (std::size_t i = 0; i < 24; ++i) {
    EXPECT_EQ(outcome.epochs[i].coin, i % 2 == 0 ? "A" : "B");
    EXPECT_EQ(outcome.epochs[i].epoch, static_cast<std::int64_t>(i / 2 + 1));
  }
  EXPECT_LT(outcome.epochs.back().train_loss, 0.7 * outcome.epochs.front().train_loss);
  EXPECT_LT(outcome.epochs.back().valid_loss, 0.7 * outcome.epochs.front().valid_loss);
  EXPECT_EQ(outcome.saved.size(), 24u);
  EXPECT_TRUE(outcome.saved.back().finished);
}

TEST_F(RankRun, OneCoinsNumbersDoNotDependOnTheOthers) {
  Outcome const both = run(datasets({"A", "B"}));
  Outcome const alone = run(datasets({"B"}));
  EXPECT_EQ(both.last("B").sha256, alone.last("B").sha256);
  EXPECT_NE(both.last("B").sha256, both.last("A").sha256);
}

TEST_F(RankRun, ParametersDoNotDependOnTheMicroBatchBeyondRounding) {
  CoinState const whole = read(run(datasets({"A"}), 32).last("A"));
  for (std::size_t const micro_batch : {16u, 8u, 4u, 1u}) {
    CoinState const cut = read(run(datasets({"A"}), micro_batch).last("A"));
    double largest = 0;
    for (std::size_t i = 0; i < whole.params.size(); ++i) {
      largest = std::max(largest, std::abs(double{whole.params[i]} - double{cut.params[i]}));
    }
    EXPECT_LT(largest, 2e-4) << micro_batch;  // AdamW divides small gradients by small ones
    EXPECT_NEAR(whole.progress.valid_loss, cut.progress.valid_loss, 1e-4) << micro_batch;
  }
}

TEST_F(RankRun, StoppedAfterAnyUpdateItGoesOnToTheSameBytes) {
  Outcome const straight = run(datasets({"A"}));
  for (std::int64_t const updates : {1, 5, 8, 9, 20}) {
    Outcome const stopped = run(datasets({"A"}), 8, {}, updates);
    EXPECT_EQ(stopped.status, exit_stopped);
    Outcome const resumed = run(datasets({"A"}), 8, {read(stopped.last("A"))});
    EXPECT_EQ(resumed.status, 0);
    EXPECT_EQ(resumed.last("A").sha256, straight.last("A").sha256) << updates;
  }
}

TEST_F(RankRun, GivesTheSameBytesWithIdleCoinsInTheHostsMemory) {
  Outcome const kept = run(datasets({"A", "B"}));
  offload_ = true;
  Outcome const moved = run(datasets({"A", "B"}));
  EXPECT_EQ(moved.status, 0);
  for (char const* const coin : {"A", "B"}) {
    EXPECT_EQ(moved.last(coin).sha256, kept.last(coin).sha256) << coin;
  }
  Outcome const stopped = run(datasets({"A", "B"}), 8, {}, 20);
  Outcome const resumed =
      run(datasets({"A", "B"}), 8, {read(stopped.last("A")), read(stopped.last("B"))});
  EXPECT_EQ(resumed.last("A").sha256, kept.last("A").sha256);
  EXPECT_EQ(resumed.last("B").sha256, kept.last("B").sha256);
}

TEST_F(RankRun, StopsEarlyAndSaysSo) {
  config_.train.epochs = 50;
  config_.train.early_stop.patience = 2;
  config_.train.early_stop.min_delta = 0.05;
  Outcome const outcome = run(datasets({"A"}));
  EXPECT_EQ(outcome.status, 0);
  EXPECT_LT(outcome.epochs.size(), 50u);
  EXPECT_EQ(outcome.count("early_stop"), 1u);
  EXPECT_EQ(outcome.epochs.back().epoch - outcome.epochs.back().best_epoch, 2);
  EXPECT_TRUE(outcome.epochs.back().finished);
}

TEST_F(RankRun, SkipsAnUpdateWhoseGradientIsNotFiniteAndGoesOn) {
  auto coins = datasets({"A"});
  coins[0].target[17] = std::numeric_limits<float>::infinity();
  Outcome const outcome = run(std::move(coins));
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.count("update_skipped"), 4u);  // once in each epoch
  EXPECT_EQ(outcome.count("rolled_back"), 0u);
  for (EpochRecord const& epoch : outcome.epochs) {
    EXPECT_EQ(epoch.skipped_updates, 1);
    EXPECT_TRUE(std::isfinite(epoch.train_loss));
  }
  for (float const value : read(outcome.last("A")).params) ASSERT_TRUE(std::isfinite(value));
}

/// Its targets are not numbers: no gradient is finite.
CoinDataset made_useless(CoinDataset dataset) {
  for (std::size_t s = 0; s < 256; ++s) dataset.target[s] = std::nanf("");
  return dataset;
}

TEST_F(RankRun, FailsACoinWhoseGradientsStayNotFiniteAndTrainsTheOther) {
  config_.train.batch = 2;
  config_.train.accumulate = 2;
  Outcome const clean = run(datasets({"B"}), 2);
  Outcome const first = run(datasets({"A"}), 2, {}, 64 + 1);  // one epoch and an update
  for (SavedCheckpoint const& each : first.saved) earlier_.push_back(each);
  auto coins = datasets({"A", "B"});
  coins[0] = made_useless(std::move(coins[0]));
  Outcome const outcome = run(std::move(coins), 2, {read(first.last("A"))});
  EXPECT_EQ(outcome.status, static_cast<int>(ErrorKind::training));
  EXPECT_EQ(outcome.count("coin_failed"), 1u);
  EXPECT_EQ(outcome.count("rolled_back"), 3u);
  EXPECT_EQ(outcome.count("update_skipped"), 40u);
  for (EventRecord const& event : outcome.events) {
    if (event.action == "rolled_back") {
      EXPECT_EQ(event.details.at("epoch"), 1) << "a whole epoch, although a later one was saved";
    }
  }
  EXPECT_EQ(outcome.last("B").sha256, clean.last("B").sha256);
  EXPECT_TRUE(fs::exists(folder_ / first.last("A").file)) << "its last good checkpoint stays";
}

TEST_F(RankRun, GoesBackToTheStartBeforeTheFirstCheckpoint) {
  config_.train.batch = 2;
  config_.train.accumulate = 2;
  auto coins = datasets({"A"});
  coins[0] = made_useless(std::move(coins[0]));
  Outcome const outcome = run(std::move(coins), 2);
  EXPECT_EQ(outcome.status, static_cast<int>(ErrorKind::training));
  EXPECT_EQ(outcome.count("rolled_back"), 3u);
  EXPECT_EQ(outcome.count("update_skipped"), 40u);
  EXPECT_TRUE(outcome.saved.empty());
}

TEST_F(RankRun, GoesBackIfNoUpdateOfAnEpochCouldBeApplied) {
  auto coins = datasets({"A"});  // eight updates an epoch: fewer than ten in a row
  coins[0] = made_useless(std::move(coins[0]));
  Outcome const outcome = run(std::move(coins));
  EXPECT_EQ(outcome.status, static_cast<int>(ErrorKind::training));
  EXPECT_EQ(outcome.count("rolled_back"), 3u);
  EXPECT_TRUE(outcome.epochs.empty());
}

TEST_F(RankRun, GoesBackIfTheValidationLossIsNotFinite) {
  auto coins = datasets({"A"});
  coins[0].target[300] = std::numeric_limits<float>::infinity();  // of the valid part
  Outcome const outcome = run(std::move(coins));
  EXPECT_EQ(outcome.status, static_cast<int>(ErrorKind::training));
  EXPECT_EQ(outcome.count("rolled_back"), 3u);
  EXPECT_EQ(outcome.count("update_skipped"), 0u);
  EXPECT_TRUE(outcome.epochs.empty());
}

TEST_F(RankRun, StoppedRightAfterAReturnItLeavesTheCheckpointsAlone) {
  config_.train.batch = 2;
  config_.train.accumulate = 2;
  Outcome const first = run(datasets({"A"}), 2, {}, 64);
  earlier_ = first.saved;
  auto coins = datasets({"A"});
  coins[0] = made_useless(std::move(coins[0]));
  // The hook that counts is called after each update: asked for at the tenth, which goes back.
  Outcome const outcome = run(std::move(coins), 2, {read(first.last("A"))}, 9);
  EXPECT_EQ(outcome.status, exit_stopped);
  EXPECT_EQ(outcome.count("rolled_back"), 1u);
  EXPECT_TRUE(outcome.saved.empty());
  EXPECT_NO_THROW(load_checkpoint(folder_, first.last("A")));
}

TEST_F(RankRun, ReportsACoinThatCannotBeLoadedAndTrainsTheOthers) {
  not_loadable_ = {"C"};
  Outcome const outcome = run(datasets({"A"}));
  EXPECT_EQ(outcome.status, static_cast<int>(ErrorKind::training));
  EXPECT_EQ(outcome.count("coin_failed"), 1u);
  EXPECT_EQ(outcome.last("A").epoch, 4);
}

TEST_F(RankRun, GoesOnWhenACheckpointCannotBeSavedAndSaysSoAtTheEnd) {
  std::ofstream(folder_ / "A") << "a file where the coin's folder should be";
  Outcome const outcome = run(datasets({"A", "B"}));
  EXPECT_EQ(outcome.status, static_cast<int>(ErrorKind::disk));
  EXPECT_EQ(outcome.epochs.size(), 8u);
  EXPECT_EQ(outcome.count("save_failed"), 5u);  // four epochs, and a last try at the end
  EXPECT_EQ(outcome.last("B").epoch, 4);
}

TEST_F(RankRun, RefusesATrainPartSmallerThanOneUpdate) {
  config_.train.batch = 300;
  try {
    run(datasets({"A"}));
    FAIL() << "nothing was thrown";
  } catch (Error const& error) {
    EXPECT_EQ(error.kind(), ErrorKind::data);
    EXPECT_NE(std::string(error.what()).find("train.batch"), std::string::npos);
  }
}

}  // namespace
}  // namespace moneta
