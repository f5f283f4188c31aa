// SPDX-License-Identifier: Apache-2.0
#include "telemetry/eta.h"

#include <gtest/gtest.h>

#include <vector>

#include "telemetry/run_view.h"

namespace moneta {
namespace {

struct EtaCase {
  char const* name;
  std::vector<CoinPace> coins;
  std::optional<double> seconds;
};

class Eta : public testing::TestWithParam<EtaCase> {};

TEST_P(Eta, IsThatOfTheSlowestRank) {
  auto const seconds = remaining_seconds(GetParam().coins);
  ASSERT_EQ(seconds.has_value(), GetParam().seconds.has_value());
  if (seconds) {
    EXPECT_DOUBLE_EQ(*seconds, *GetParam().seconds);
  }
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, Eta, testing::ValuesIn(std::vector<EtaCase>{
    {"NothingKnown",       {{std::nullopt, 5, 0}},                   std::nullopt},
    {"NothingLeft",        {{0, 0, 10}},                             0.0},
    {"NothingLeftUnknown", {{std::nullopt, 0, 0}},                   0.0},
    {"OneCoin",            {{0, 4.5, 10}},                           45.0},
    {"OneRankInTurns",     {{0, 4, 10}, {0, 2, 5}},                  50.0},
    {"RanksSideBySide",    {{0, 4, 10}, {1, 2, 5}},                  40.0},
    {"UnknownPaceIsTheMean", {{0, 1, 10}, {0, 1, 20}, {0, 2, 0}},    60.0},
    {"PaceOfAFinishedCoinCounts", {{0, 0, 10}, {0, 3, 0}},           30.0},
    {"UnknownRanksGoWhereLeastIsLeft",
     {{0, 3, 10}, {1, 1, 10}, {std::nullopt, 1, 0}, {std::nullopt, 1, 0}}, 30.0},
    {"EarlyStopTakesWorkAway", {{0, 0, 10}, {1, 2, 10}},             20.0},
}), [](auto const& each) { return each.param.name; });
// clang-format on

EpochRecord epoch(std::string const& coin, std::size_t rank, std::int64_t number, double seconds) {
  EpochRecord record;
  record.coin = coin;
  record.rank = rank;
  record.epoch = number;
  record.epochs = 10;
  record.train_seconds = seconds;
  return record;
}

TEST(RunViewEta, MeasuresTheFirstEpochWhileItRuns) {
  RunView run({"A", "B"}, 10, 0);
  EXPECT_FALSE(run.remaining_seconds());
  run.take(ProgressTick{"A", 0, 1, 0.1, 1, 100}, 5);
  EXPECT_FALSE(run.remaining_seconds());
  run.take(ProgressTick{"A", 0, 1, 0.3, 1, 100}, 7);  // a fifth of the epoch in 2 s
  // B is taken to be as slow, and to wait for the one rank there is.
  EXPECT_NEAR(*run.remaining_seconds(), 10 * (10 - 0.3) + 10 * 10, 1e-9);
}

TEST(RunViewEta, FollowsEpochsAndTheRunningFraction) {
  RunView run({"A", "B"}, 10, 0);
  run.take(epoch("A", 0, 1, 8));
  run.take(epoch("B", 1, 1, 4));
  EXPECT_NEAR(*run.remaining_seconds(), 9 * 8, 1e-9);
  run.take(ProgressTick{"A", 0, 2, 0.5, 1, 100}, 20);
  EXPECT_NEAR(*run.remaining_seconds(), 8.5 * 8, 1e-9);
  run.take(epoch("A", 0, 2, 4));  // faster: half of the weight
  EXPECT_NEAR(*run.remaining_seconds(), 8 * 6, 1e-9);
}

TEST(RunViewEta, LeavesOutCoinsThatAreDone) {
  RunView run({"A", "B", "C", "D"}, 10, 0);
  for (char const* const coin : {"A", "B", "C", "D"}) run.take(epoch(coin, 0, 1, 2));
  EXPECT_NEAR(*run.remaining_seconds(), 4 * 9 * 2, 1e-9);
  run.take(EventRecord{Severity::info, "early_stop", "", "A", 0, {}});
  run.take(EventRecord{Severity::error, "coin_failed", "", "B", 0, {}});
  EpochRecord last = epoch("C", 0, 2, 2);
  last.finished = true;
  run.take(last);
  EXPECT_NEAR(*run.remaining_seconds(), 9 * 2, 1e-9);
  run.take(epoch("D", 0, 10, 2));
  EXPECT_EQ(*run.remaining_seconds(), 0);
}

TEST(RunViewResume, KnowsWhatAnEarlierRunDid) {
  RunView run({"A", "B"}, 10, 0);
  run.take(EventRecord{Severity::info, "resumed", "", "A", 0, {{"epoch", 6}}});
  run.take(EventRecord{Severity::info, "resumed", "", "B", 0, {{"epoch", 4}, {"finished", true}}});
  EXPECT_EQ(run.coins()[0].epochs_done, 6);
  EXPECT_EQ(run.coins()[0].phase, CoinPhase::waiting);
  EXPECT_EQ(run.coins()[1].phase, CoinPhase::early_stopped);
  run.take(epoch("A", 0, 7, 5));
  EXPECT_NEAR(*run.remaining_seconds(), 15, 1e-9);
}

TEST(RunViewTurns, OnlyOneCoinOfARankRuns) {
  RunView run({"A", "B", "C"}, 10, 0);
  run.take(ProgressTick{"A", 0, 1, 0.1, 1, 100}, 1);
  run.take(ProgressTick{"C", 1, 1, 0.1, 1, 100}, 1);
  run.take(ProgressTick{"B", 0, 1, 0.1, 1, 100}, 2);
  EXPECT_EQ(run.coins()[0].phase, CoinPhase::waiting);
  EXPECT_EQ(run.coins()[1].phase, CoinPhase::running);
  EXPECT_EQ(run.coins()[2].phase, CoinPhase::running);
}

TEST(RunViewStrangers, CoinsItDoesNotKnowAreNotShown) {
  RunView run({"A"}, 10, 0);
  run.take(epoch("X", 0, 1, 8));
  run.take(ProgressTick{"X", 0, 1, 0.1, 1, 100}, 1);
  run.take(EventRecord{Severity::error, "coin_failed", "", "X", 0, {}});
  EXPECT_EQ(run.coins().size(), 1u);
  EXPECT_EQ(run.coins()[0].phase, CoinPhase::waiting);
}

}  // namespace
}  // namespace moneta
