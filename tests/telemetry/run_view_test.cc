// SPDX-License-Identifier: Apache-2.0
#include "telemetry/run_view.h"

#include <gtest/gtest.h>

namespace moneta {
namespace {

EpochRecord epoch(std::string const& coin, std::size_t rank, std::int64_t number, double seconds) {
  EpochRecord record;
  record.coin = coin;
  record.rank = rank;
  record.epoch = number;
  record.epochs = 10;
  record.train_seconds = seconds;
  return record;
}

TEST(RunViewEta, EstimatesTheFirstEpochFromItsTicks) {
  RunView run({"A", "B"}, 10, 0);
  EXPECT_FALSE(run.remaining_seconds());
  run.on(ProgressTick{"A", 0, 1, 0.1, 1, 100}, 5);
  EXPECT_FALSE(run.remaining_seconds());
  run.on(ProgressTick{"A", 0, 1, 0.3, 1, 100}, 7);  // a fifth of the epoch in 2 s
  // B is assumed to be as slow as A, and to be trained by the only known rank.
  EXPECT_NEAR(*run.remaining_seconds(), 10 * (10 - 0.3) + 10 * 10, 1e-9);
}

TEST(RunViewEta, FollowsEpochsAndTheRunningFraction) {
  RunView run({"A", "B"}, 10, 0);
  run.on(epoch("A", 0, 1, 8));
  run.on(epoch("B", 1, 1, 4));
  EXPECT_NEAR(*run.remaining_seconds(), 9 * 8, 1e-9);
  run.on(ProgressTick{"A", 0, 2, 0.5, 1, 100}, 20);
  EXPECT_NEAR(*run.remaining_seconds(), 8.5 * 8, 1e-9);
  run.on(epoch("A", 0, 2, 4));  // faster; it has half of the weight
  EXPECT_NEAR(*run.remaining_seconds(), 8 * 6, 1e-9);
}

TEST(RunViewEta, ExcludesCoinsThatAreDone) {
  RunView run({"A", "B", "C", "D"}, 10, 0);
  for (char const* const coin : {"A", "B", "C", "D"}) run.on(epoch(coin, 0, 1, 2));
  EXPECT_NEAR(*run.remaining_seconds(), 4 * 9 * 2, 1e-9);
  run.on(EventRecord{.event = Event::early_stop, .coin = "A"});
  run.on(EventRecord{.event = Event::coin_failed, .coin = "B"});
  EpochRecord last = epoch("C", 0, 2, 2);
  last.finished = true;
  run.on(last);
  EXPECT_NEAR(*run.remaining_seconds(), 9 * 2, 1e-9);
  run.on(epoch("D", 0, 10, 2));
  EXPECT_EQ(*run.remaining_seconds(), 0);
}

TEST(RunView, TakesEpochsFromResumedEvents) {
  RunView run({"A", "B"}, 10, 0);
  run.on(EventRecord{.event = Event::resumed, .coin = "A", .details = {{"epoch", 6}}});
  run.on(EventRecord{
      .event = Event::resumed, .coin = "B", .details = {{"epoch", 4}, {"finished", true}}});
  EXPECT_EQ(run.coins()[0].epochs_done, 6);
  EXPECT_EQ(run.coins()[0].phase, CoinPhase::waiting);
  EXPECT_EQ(run.coins()[1].phase, CoinPhase::early_stopped);
  run.on(epoch("A", 0, 7, 5));
  EXPECT_NEAR(*run.remaining_seconds(), 15, 1e-9);
}

TEST(RunView, HasOneRunningCoinPerRank) {
  RunView run({"A", "B", "C"}, 10, 0);
  run.on(ProgressTick{"A", 0, 1, 0.1, 1, 100}, 1);
  run.on(ProgressTick{"C", 1, 1, 0.1, 1, 100}, 1);
  run.on(ProgressTick{"B", 0, 1, 0.1, 1, 100}, 2);
  EXPECT_EQ(run.coins()[0].phase, CoinPhase::waiting);
  EXPECT_EQ(run.coins()[1].phase, CoinPhase::running);
  EXPECT_EQ(run.coins()[2].phase, CoinPhase::running);
}

TEST(RunView, IgnoresUnknownCoins) {
  RunView run({"A"}, 10, 0);
  run.on(epoch("X", 0, 1, 8));
  run.on(ProgressTick{"X", 0, 1, 0.1, 1, 100}, 1);
  run.on(EventRecord{.event = Event::coin_failed, .coin = "X"});
  EXPECT_EQ(run.coins().size(), 1u);
  EXPECT_EQ(run.coins()[0].phase, CoinPhase::waiting);
}

TEST(RunView, IgnoresDetailsOfOtherTypes) {
  RunView run({"A"}, 10, 0);
  for (Json const& details :
       {Json(nullptr), Json::array(), Json{{"epoch", "x"}, {"finished", 1}}}) {
    run.on(EventRecord{.event = Event::resumed, .coin = "A", .details = details});
    EXPECT_EQ(run.coins()[0].epochs_done, 0);
    EXPECT_EQ(run.coins()[0].phase, CoinPhase::waiting);
  }
}

TEST(RunView, KnowsTheCoinOfEachRankThatReportedLast) {
  RunView run({"A", "B"}, 10, 0);
  EXPECT_FALSE(run.is_current(0));
  run.on(ProgressTick{"A", 0, 1, 0.1, 1, 100}, 1);
  run.on(epoch("A", 0, 1, 8));
  EXPECT_TRUE(run.is_current(0)) << "between two epochs";
  run.on(ProgressTick{"B", 0, 1, 0.1, 1, 100}, 2);
  EXPECT_FALSE(run.is_current(0));
  EXPECT_TRUE(run.is_current(1));
}

TEST(RunView, KeepsTheLatestReadingOfEachRank) {
  RunView run({"A"}, 10, 0);
  run.on(DeviceSample{1, {{"power_w", 300}}});
  run.on(DeviceSample{1, {{"power_w", 310}}});
  EXPECT_EQ(run.readings(), (std::vector<Json>{Json::object(), {{"power_w", 310}}}));
}

}  // namespace
}  // namespace moneta
