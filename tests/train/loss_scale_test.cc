// SPDX-License-Identifier: Apache-2.0
// Training in fp16: how the loss scale changes, which skipped updates are expected, and that a
// resumed run continues with the scale of its checkpoint.
#include <gtest/gtest.h>

#include <limits>

#include "train/half_backend.h"
#include "train/rank_run.h"

namespace moneta {
namespace {

/// RankRun in fp16. An epoch has 8 updates, and a run 32.
class HalfRun : public RankRun {
 protected:
  void SetUp() override {
    RankRun::SetUp();
    precision_ = Precision::fp16;
    make_backend_ = [this] { return std::make_unique<HalfBackend>(largest_scale_); };
  }

  /// Gradients overflow if the loss scale is larger than this.
  void let_overflow_above(double loss_scale) {
    largest_scale_ = loss_scale / static_cast<double>(config_.train.effective_batch());
  }

  /// What the last checkpoint of coin A says.
  CoinHeader last_header(Outcome const& outcome) const { return read(outcome.last("A")).header; }

  static std::size_t count_skipped(Outcome const& outcome, Severity severity) {
    return static_cast<std::size_t>(
        std::count_if(outcome.events.begin(), outcome.events.end(), [&](EventRecord const& each) {
          return each.event == Event::update_skipped && each.severity == severity;
        }));
  }

  double largest_scale_ = std::numeric_limits<double>::infinity();  // of the loss of a sequence
};

TEST_F(HalfRun, HasTheLossesAndNormsOfF32) {
  Outcome const half = run(datasets({"A"}));
  precision_ = Precision::f32;
  Outcome const single = run(datasets({"A"}));
  ASSERT_EQ(half.epochs.size(), single.epochs.size());
  for (std::size_t i = 0; i < half.epochs.size(); ++i) {
    EpochRecord const &one = half.epochs[i], &other = single.epochs[i];
    EXPECT_EQ(one.skipped_updates, 0);
    EXPECT_NEAR(one.train_loss, other.train_loss, 0.05 * other.train_loss) << i;
    EXPECT_NEAR(one.valid_loss, other.valid_loss, 0.05 * other.valid_loss) << i;
    EXPECT_NEAR(one.gradient_norm_mean, other.gradient_norm_mean, 0.1 * other.gradient_norm_mean)
        << i;
  }
}

TEST_F(HalfRun, LowersTheLossScaleUntilNoGradientOverflows) {
  let_overflow_above(1024);
  Outcome const outcome = run(datasets({"A"}));
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.count(Event::rolled_back), 0u);
  // 65536 to 2048 overflow.
  EXPECT_EQ(count_skipped(outcome, Severity::info), 6u);
  EXPECT_EQ(count_skipped(outcome, Severity::warning), 0u);
  ASSERT_EQ(outcome.epochs.size(), 4u);
  EXPECT_EQ(outcome.epochs[0].skipped_updates, 6);
  EXPECT_EQ(outcome.epochs[1].skipped_updates, 0);
  CoinHeader const header = last_header(outcome);
  EXPECT_EQ(header.loss_scaler, (LossScalerState{1024, 32 - 6}));
  EXPECT_EQ(header.progress.applied_updates, 32 - 6);
  EXPECT_EQ(header.progress.skipped_updates, 6);
  EXPECT_EQ(header.progress.skipped_in_a_row, 0);
}

TEST_F(HalfRun, ReportsTheLoweredLossScale) {
  let_overflow_above(32768);
  Outcome const outcome = run(datasets({"A"}));
  ASSERT_EQ(outcome.count(Event::update_skipped), 1u);
  for (EventRecord const& event : outcome.events) {
    if (event.event != Event::update_skipped) continue;
    EXPECT_EQ(
        event.message,
        "update 1 is skipped: its gradient is not finite. The loss scale is lowered to 32768");
    EXPECT_EQ(event.details.at("loss_scale"), 32768);
    EXPECT_EQ(event.coin, "A");
  }
}

TEST_F(HalfRun, ResumesToTheSameBytesAfterAStopAtAnyUpdate) {
  let_overflow_above(1024);
  Outcome const straight = run(datasets({"A"}));
  for (std::int64_t const updates : {1, 4, 6, 9, 20}) {
    Outcome const stopped = run(datasets({"A"}), 8, {}, updates);
    EXPECT_EQ(stopped.status, exit_stopped);
    Outcome const resumed = run(datasets({"A"}), 8, {read(stopped.last("A"))});
    EXPECT_EQ(resumed.status, 0);
    EXPECT_EQ(resumed.last("A").sha256, straight.last("A").sha256) << updates;
  }
}

TEST_F(HalfRun, ResumesWithTheNumberOfUpdatesSinceTheLossScaleChanged) {
  CoinState start = read(run(datasets({"A"}), 8, {}, 1).last("A"));
  start.header.loss_scaler = LossScalerState{65536, 1990};
  Outcome const straight = run(datasets({"A"}), 8, {start});
  std::int64_t const updates = 32 - start.header.progress.update;
  EXPECT_EQ(last_header(straight).loss_scaler, (LossScalerState{131072, 1990 + updates - 2000}));
  Outcome const stopped = run(datasets({"A"}), 8, {start}, 3);
  EXPECT_EQ(last_header(stopped).loss_scaler->scale, 65536);
  Outcome const resumed = run(datasets({"A"}), 8, {read(stopped.last("A"))});
  EXPECT_EQ(resumed.last("A").sha256, straight.last("A").sha256);
}

TEST_F(HalfRun, RollsBackIfNoLossScaleHelps) {
  config_.train.batch = 2;
  config_.train.accumulate = 2;
  let_overflow_above(0);
  Outcome const outcome = run(datasets({"A"}), 2);
  EXPECT_EQ(outcome.status, static_cast<int>(ErrorKind::training));
  EXPECT_EQ(outcome.count(Event::rolled_back), 3u);
  // The scales 65536 to 2 are expected to overflow; 1 and the next nine smaller ones are not. Each
  // rollback returns to 65536.
  EXPECT_EQ(count_skipped(outcome, Severity::info), 4u * 16);
  EXPECT_EQ(count_skipped(outcome, Severity::warning), 4u * 10);
}

TEST_F(HalfRun, KeepsALoweredLossScaleAfterARollback) {
  let_overflow_above(1024);
  auto coins = datasets({"A"});
  coins[0].target[300] = std::numeric_limits<float>::infinity();  // in the valid part
  Outcome const outcome = run(std::move(coins));
  EXPECT_EQ(outcome.count(Event::rolled_back), 3u);
  EXPECT_EQ(outcome.count(Event::update_skipped), 6u) << "not again after each rollback";
}

TEST_F(HalfRun, FindsALossScaleThatTakesMoreThanAnEpoch) {
  let_overflow_above(64);
  Outcome const outcome = run(datasets({"A"}));
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.count(Event::rolled_back), 0u) << "the first epoch is only repeated";
  EXPECT_EQ(count_skipped(outcome, Severity::info), 10u);  // 65536 to 128
  EXPECT_EQ(last_header(outcome).loss_scaler->scale, 64);
}

/// An epoch of one update, so that every skipped update is a whole epoch without one.
class OneUpdatePerEpoch : public HalfRun {
 protected:
  void SetUp() override {
    HalfRun::SetUp();
    config_.train.accumulate = 32;  // x 8 sequences: the whole train part
  }
};

TEST_F(OneUpdatePerEpoch, IsRepeatedWithTheFullLearningRateWhileTheLossScaleFalls) {
  let_overflow_above(1024);
  Outcome const outcome = run(datasets({"A"}));
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.count(Event::rolled_back), 0u);
  EXPECT_EQ(count_skipped(outcome, Severity::info), 6u);
  ASSERT_EQ(outcome.epochs.size(), 4u);
  EXPECT_EQ(outcome.epochs[0].update, 1) << "updates of repeated epochs do not count";
  EXPECT_EQ(outcome.epochs[0].skipped_updates, 0);
  CoinHeader const header = last_header(outcome);
  EXPECT_EQ(header.loss_scaler->scale, 1024);
  EXPECT_EQ(header.progress.rollbacks, 0);
  EXPECT_EQ(header.progress.learning_rate_factor, 1);
  EXPECT_EQ(header.progress.applied_updates, 4);
}

TEST_F(OneUpdatePerEpoch, ResumesToTheSameBytesWhileTheLossScaleFalls) {
  let_overflow_above(1024);
  Outcome const straight = run(datasets({"A"}));
  for (std::int64_t const updates : {1, 3, 6, 7, 9}) {
    Outcome const stopped = run(datasets({"A"}), 8, {}, updates);
    EXPECT_EQ(stopped.status, exit_stopped) << updates;
    Outcome const resumed = run(datasets({"A"}), 8, {read(stopped.last("A"))});
    EXPECT_EQ(resumed.status, 0) << updates;
    EXPECT_EQ(resumed.last("A").sha256, straight.last("A").sha256) << updates;
  }
}

TEST_F(OneUpdatePerEpoch, IsRolledBackIfNoLossScaleHelps) {
  let_overflow_above(0);
  Outcome const outcome = run(datasets({"A"}));
  EXPECT_EQ(outcome.status, static_cast<int>(ErrorKind::training));
  EXPECT_EQ(outcome.count(Event::rolled_back), 3u);
  EXPECT_TRUE(outcome.epochs.empty());
}

TEST_F(HalfRun, OnlyFp16HasALossScale) {
  Outcome const half = run(datasets({"A"}), 8, {}, 9);
  EXPECT_TRUE(last_header(half).loss_scaler.has_value());
  precision_ = Precision::f32;
  Outcome const single = run(datasets({"A"}), 8, {read(half.last("A"))}, 9);
  EXPECT_FALSE(last_header(single).loss_scaler.has_value());
  precision_ = Precision::fp16;
  Outcome const again = run(datasets({"A"}), 8, {read(single.last("A"))});
  EXPECT_EQ(again.status, 0);
  EXPECT_EQ(last_header(again).loss_scaler->scale, 65536) << "it begins anew";
}

}  // namespace
}  // namespace moneta
