// SPDX-License-Identifier: Apache-2.0
#include "run/status_report.h"

#include <gtest/gtest.h>

#include "checkpoint/index.h"
#include "config/load.h"
#include "run/reports.h"
#include "telemetry/logging/run_log.h"

namespace moneta {
namespace {

/// What earlier programs left: logs, an index, config.json, and no status.json.
class OlderRuns : public Reports {
 protected:
  void write_log() {
    LogArchiveSettings settings;
    settings.keep_days = 36500;
    settings.clock = [this] { return clock_ms_; };
    RunLog log(run_ / "log", settings);
    for (std::int64_t number = 1; number <= 3; ++number) {
      log.on(epoch("KRW-BTC", number));
      clock_ms_ += 86'400'000;
    }
  }
  void write_checkpoints() {
    SavedCheckpoint first;
    first.file = "KRW-ETH/000004-000000.safetensors";
    first.sha256 = std::string(64, 'a');
    first.epoch = 4;
    first.valid_loss = 0.75;
    first.precision = "f32";
    SavedCheckpoint last = first;
    last.file = "KRW-ETH/000005-000000.safetensors";
    last.epoch = 5;
    last.valid_loss = 0.8;
    last.finished = true;
    CheckpointIndex index;
    index.coins["KRW-ETH"] = {first, last};
    write_index(run_ / "checkpoints", index);
  }
  void write_config() {
    Config config;
    config.run.name = "demo";
    write_bytes(run_ / "config.json", config_to_json(config).dump());
  }
};

TEST_F(OlderRuns, AreReadFromLogsAndCheckpoints) {
  write_log();
  write_checkpoints();
  write_config();
  StatusReport const report = look();
  EXPECT_EQ(report.state, RunState::unknown);
  EXPECT_EQ(exit_status_of(report), 0);
  EXPECT_EQ(report.notes, std::vector<std::string>{});
  ASSERT_EQ(report.status.coins.size(), 8u);
  EXPECT_EQ(report.status.epochs, 200);
  CoinView const& btc = report.status.coins[0];
  EXPECT_EQ(btc.epochs_done, 3);
  EXPECT_EQ(btc.best_epoch, 2);
  EXPECT_EQ(btc.valid_loss, 0.8543);
  CoinView const& eth = report.status.coins[1];
  EXPECT_EQ(eth.epochs_done, 5);
  EXPECT_EQ(eth.best_valid_loss, 0.75);
  EXPECT_EQ(eth.best_epoch, 4);
  EXPECT_EQ(eth.phase, CoinPhase::early_stopped);
  std::string const shown = text();
  EXPECT_TRUE(shown.starts_with("demo: state unknown (no status.json)")) << shown;
  EXPECT_NE(shown.find("\nleft "), std::string::npos) << shown;
  EXPECT_EQ(shown.find("elapsed"), std::string::npos) << shown;
  EXPECT_TRUE(status_json(report)["elapsed_seconds"].is_null());
}

TEST_F(OlderRuns, AreReadWithoutAConfigOrCheckpointsToo) {
  write_log();
  StatusReport const report = look();
  ASSERT_EQ(report.status.coins.size(), 1u);
  EXPECT_EQ(report.status.epochs, 200);
  EXPECT_EQ(report.status.coins[0].epochs_done, 3);
}

TEST_F(OlderRuns, SayWhatCouldNotBeRead) {
  write_log();
  write_bytes(run_ / "log" / "epochs-2025-01-01.jsonl.gz", "no gzip");
  write_bytes(run_ / "status.json", "{");
  write_bytes(run_ / "config.json", "{}");
  fs::create_directories(run_ / "checkpoints");
  write_bytes(run_ / "checkpoints" / "index.json", "[]");
  StatusReport const report = look();
  ASSERT_EQ(report.notes.size(), 4u);
  EXPECT_NE(report.notes[0].find("status.json"), std::string::npos) << report.notes[0];
  EXPECT_NE(report.notes[1].find("index.json"), std::string::npos) << report.notes[1];
  EXPECT_NE(report.notes[2].find("config.json"), std::string::npos) << report.notes[2];
  EXPECT_EQ(report.notes[3], "unreadable lines or files of the logs: 1");
  EXPECT_EQ(report.status.coins[0].epochs_done, 3);
}

TEST_F(OlderRuns, AreWhereAResumedRunFindsItsEarlierLosses) {
  write_log();
  {
    auto file = fed_status_file(run_ / "status.json", {eight, 200, 2});
    file.on(EventRecord{.event = Event::resumed, .coin = "KRW-BTC", .details = {{"epoch", 3}}});
    file.sink.close(end_in(RunState::stopped));
  }
  CoinView const coin = look().status.coins.at(0);
  EXPECT_EQ(coin.best_valid_loss, 0.8511);
  EXPECT_EQ(coin.best_epoch, 2);
  EXPECT_EQ(coin.train_loss, 0.8123);
}

TEST_F(OlderRuns, StartedAgainShowWhatTheirCheckpointsHold) {
  write_checkpoints();
  auto const file = fed_status_file(run_ / "status.json", {eight, 200, 2});
  StatusReport const report = look();
  EXPECT_EQ(report.state, RunState::running);
  CoinView const& eth = report.status.coins.at(1);
  EXPECT_EQ(eth.epochs_done, 5);
  EXPECT_EQ(eth.best_valid_loss, 0.75);
  EXPECT_EQ(eth.phase, CoinPhase::waiting) << "more epochs may be asked for than before";
  EXPECT_EQ(report.status.coins[0].epochs_done, 0);
  write_bytes(run_ / "checkpoints" / "index.json", "[]");
  EXPECT_EQ(look().state, RunState::running);
}

}  // namespace
}  // namespace moneta
