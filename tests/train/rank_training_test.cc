// SPDX-License-Identifier: Apache-2.0
// The training of one rank on coins made up in memory: gradients that are not finite, stop
// requests, coins that cannot be loaded, and checkpoints that cannot be saved.
#include "train/rank_training.h"

#include <cmath>
#include <fstream>
#include <limits>

#include "base/error.h"
#include "checkpoint/load.h"
#include "support/expect_error.h"
#include "train/narrow_run.h"

#ifdef __SANITIZE_ADDRESS__
/// Open MPI, which these tests start, never frees some of its memory.
extern "C" int __lsan_is_turned_off() { return 1; }
#endif

namespace moneta {
namespace {

TEST_F(RankRun, LearnsAndTrainsCoinsRoundRobin) {
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

TEST_F(RankRun, ReportsASavedModelWithFewDigits) {
  Outcome const outcome = run(datasets({"A"}));
  std::size_t saved = 0;
  for (EventRecord const& event : outcome.events) {
    if (event.event != Event::model_saved) continue;
    ++saved;
    EXPECT_LT(event.details.dump().size(), 100u) << event.details << ": logged every epoch";
  }
  EXPECT_EQ(saved, outcome.saved.size());
}

TEST_F(RankRun, ResultsOfACoinDoNotDependOnOtherCoins) {
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
    EXPECT_NEAR(whole.header.progress.valid_loss, cut.header.progress.valid_loss, 1e-4)
        << micro_batch;
  }
}

TEST_F(RankRun, ResumesToTheSameBytesAfterAStopAtAnyUpdate) {
  Outcome const straight = run(datasets({"A"}));
  for (std::int64_t const updates : {1, 5, 8, 9, 20}) {
    Outcome const stopped = run(datasets({"A"}), 8, {}, updates);
    EXPECT_EQ(stopped.status, exit_stopped);
    Outcome const resumed = run(datasets({"A"}), 8, {read(stopped.last("A"))});
    EXPECT_EQ(resumed.status, 0);
    EXPECT_EQ(resumed.last("A").sha256, straight.last("A").sha256) << updates;
  }
}

TEST_F(RankRun, StopsEarlyAndReportsIt) {
  config_.train.epochs = 50;
  config_.train.early_stop.patience = 2;
  config_.train.early_stop.min_delta = 0.05;
  Outcome const outcome = run(datasets({"A"}));
  EXPECT_EQ(outcome.status, 0);
  EXPECT_LT(outcome.epochs.size(), 50u);
  EXPECT_EQ(outcome.count(Event::early_stop), 1u);
  EXPECT_EQ(outcome.epochs.back().epoch - outcome.epochs.back().best_epoch, 2);
  EXPECT_TRUE(outcome.epochs.back().finished);
}

TEST_F(RankRun, SkipsAnUpdateWhoseGradientIsNotFinite) {
  auto coins = datasets({"A"});
  coins[0].target[17] = std::numeric_limits<float>::infinity();
  Outcome const outcome = run(std::move(coins));
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.count(Event::update_skipped), 4u);  // once in each epoch
  EXPECT_EQ(outcome.count(Event::rolled_back), 0u);
  for (EpochRecord const& epoch : outcome.epochs) {
    EXPECT_EQ(epoch.skipped_updates, 1);
    EXPECT_TRUE(std::isfinite(epoch.train_loss));
  }
  for (float const value : read(outcome.last("A")).params) ASSERT_TRUE(std::isfinite(value));
}

/// With targets that are NaN, no gradient is finite.
CoinDataset with_nan_targets(CoinDataset dataset) {
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
  coins[0] = with_nan_targets(std::move(coins[0]));
  Outcome const outcome = run(std::move(coins), 2, {read(first.last("A"))});
  EXPECT_EQ(outcome.status, static_cast<int>(ErrorKind::training));
  EXPECT_EQ(outcome.count(Event::coin_failed), 1u);
  EXPECT_EQ(outcome.count(Event::rolled_back), 3u);
  EXPECT_EQ(outcome.count(Event::update_skipped), 40u);
  for (EventRecord const& event : outcome.events) {
    if (event.event == Event::rolled_back) {
      EXPECT_EQ(event.details.at("epoch"), 1) << "a whole epoch, although a later one was saved";
    }
  }
  EXPECT_EQ(outcome.last("B").sha256, clean.last("B").sha256);
  EXPECT_TRUE(fs::exists(folder_ / first.last("A").file)) << "its last valid checkpoint stays";
}

TEST_F(RankRun, RollsBackToTheInitialStateBeforeTheFirstCheckpoint) {
  config_.train.batch = 2;
  config_.train.accumulate = 2;
  auto coins = datasets({"A"});
  coins[0] = with_nan_targets(std::move(coins[0]));
  Outcome const outcome = run(std::move(coins), 2);
  EXPECT_EQ(outcome.status, static_cast<int>(ErrorKind::training));
  EXPECT_EQ(outcome.count(Event::rolled_back), 3u);
  EXPECT_EQ(outcome.count(Event::update_skipped), 40u);
  EXPECT_TRUE(outcome.saved.empty());
}

TEST_F(RankRun, RollsBackIfNoUpdateOfAnEpochWasApplied) {
  auto coins = datasets({"A"});  // eight updates per epoch: fewer than ten in a row
  coins[0] = with_nan_targets(std::move(coins[0]));
  Outcome const outcome = run(std::move(coins));
  EXPECT_EQ(outcome.status, static_cast<int>(ErrorKind::training));
  EXPECT_EQ(outcome.count(Event::rolled_back), 3u);
  EXPECT_TRUE(outcome.epochs.empty());
}

TEST_F(RankRun, RollsBackIfTheValidationLossIsNotFinite) {
  auto coins = datasets({"A"});
  coins[0].target[300] = std::numeric_limits<float>::infinity();  // in the valid part
  Outcome const outcome = run(std::move(coins));
  EXPECT_EQ(outcome.status, static_cast<int>(ErrorKind::training));
  EXPECT_EQ(outcome.count(Event::rolled_back), 3u);
  EXPECT_EQ(outcome.count(Event::update_skipped), 0u);
  EXPECT_TRUE(outcome.epochs.empty());
}

TEST_F(RankRun, DoesNotSaveIfStoppedDirectlyAfterARollback) {
  config_.train.batch = 2;
  config_.train.accumulate = 2;
  Outcome const first = run(datasets({"A"}), 2, {}, 64);
  earlier_ = first.saved;
  auto coins = datasets({"A"});
  coins[0] = with_nan_targets(std::move(coins[0]));
  // The updates are counted after each one, so the stop is requested with the tenth, which is the
  // one that rolls back.
  Outcome const outcome = run(std::move(coins), 2, {read(first.last("A"))}, 9);
  EXPECT_EQ(outcome.status, exit_stopped);
  EXPECT_EQ(outcome.count(Event::rolled_back), 1u);
  EXPECT_TRUE(outcome.saved.empty());
  EXPECT_NO_THROW(load_checkpoint(folder_, first.last("A")));
}

TEST_F(RankRun, ReportsACoinThatCannotBeLoadedAndTrainsTheOthers) {
  not_loadable_ = {"C"};
  Outcome const outcome = run(datasets({"A"}));
  EXPECT_EQ(outcome.status, static_cast<int>(ErrorKind::training));
  EXPECT_EQ(outcome.count(Event::coin_failed), 1u);
  EXPECT_EQ(outcome.last("A").epoch, 4);
}

TEST_F(RankRun, ContinuesIfACheckpointCannotBeSavedAndReturnsADiskError) {
  std::ofstream(folder_ / "A") << "a file where the coin's folder should be";
  Outcome const outcome = run(datasets({"A", "B"}));
  EXPECT_EQ(outcome.status, static_cast<int>(ErrorKind::disk));
  EXPECT_EQ(outcome.epochs.size(), 8u);
  EXPECT_EQ(outcome.count(Event::save_failed), 5u);  // four epochs, and a last try at the end
  EXPECT_EQ(outcome.last("B").epoch, 4);
}

/// The writer still has the checkpoint of the first epoch when the second one fails.
TEST_F(NarrowRun, ReportsTheCheckpointsBeingWrittenIfTheDeviceFails) {
  fail_at({.epoch = 1}, 4, [] { throw Error(ErrorKind::device, "the GPU is lost"); });
  expect_error(ErrorKind::device, "the GPU is lost", [&] { run(datasets({"A"})); });
  ASSERT_EQ(reported_.size(), 1u);
  EXPECT_EQ(reported_[0].epoch, 1);
  EXPECT_NO_THROW(load_checkpoint(folder_, reported_[0]));
}

TEST_F(RankRun, RejectsATrainPartSmallerThanOneUpdate) {
  config_.train.batch = 300;
  Outcome const outcome = run(datasets({"A"}));
  EXPECT_EQ(outcome.status, static_cast<int>(ErrorKind::training));
  ASSERT_EQ(outcome.count(Event::coin_failed), 1u);
  EXPECT_NE(outcome.events.front().message.find("train.batch"), std::string::npos)
      << outcome.events.front().message;
}

}  // namespace
}  // namespace moneta
