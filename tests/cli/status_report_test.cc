// SPDX-License-Identifier: Apache-2.0
#include "cli/status_report.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "base/error.h"
#include "checkpoint/index.h"
#include "config/load.h"
#include "support/scratch_folder.h"
#include "telemetry/daily_file.h"
#include "telemetry/run_log.h"
#include "telemetry/status_file.h"

namespace moneta {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> const eight = {"KRW-BTC", "KRW-ETH",  "KRW-XRP", "KRW-SOL",
                                        "KRW-ADA", "KRW-DOGE", "KRW-DOT", "KRW-AVAX"};

EpochRecord epoch(std::string const& coin, std::int64_t number) {
  EpochRecord record;
  record.coin = coin;
  record.epoch = number;
  record.epochs = 200;
  record.train_loss = 0.8123;
  record.valid_loss = 0.8543;
  record.best_valid_loss = 0.8511;
  record.best_epoch = number - 1;
  record.train_seconds = 12;
  record.sequences_per_second = 1234;
  return record;
}

class Reports : public testing::Test {
 protected:
  Reports() { fs::create_directories(run_ / "log"); }

  /// A run that has got a little way, and how it ended.
  void write_status(std::optional<RunState> end, bool with_failure = false) {
    StatusFile file(
        run_ / "status.json", {"demo", eight, 200, 2}, [this] { return clock_ms_; },
        [this] { return 0.001 * static_cast<double>(clock_ms_); });
    for (std::string const& coin : eight) file.take(epoch(coin, 3));
    file.take(ProgressTick{"KRW-BTC", 0, 4, 0.5, 0.8, 1250});
    file.take(EventRecord{Severity::warning, "slow", "slower than before", "KRW-ETH", 0, {}});
    if (with_failure)
      file.take(EventRecord{Severity::error, "coin_failed", "bad", "KRW-DOT", 0, {}});
    file.take_reading(1, {{"temperature_c", 61}, {"power_w", 310}, {"power_limit_w", 345}});
    clock_ms_ += 5000;
    file.beat();
    if (end) {
      file.close(*end);
    } else {  // as a kill would leave it
      std::string const alive = read_bytes(run_ / "status.json");
      file.close(RunState::failed);
      write_bytes(run_ / "status.json", alive);
    }
  }
  void set_age(int seconds) const {
    fs::last_write_time(run_ / "status.json",
                        fs::file_time_type::clock::now() - std::chrono::seconds(seconds));
  }
  StatusReport look() const { return look_at_run(run_, system_clock_ms()); }
  std::string text(Canvas const& canvas = {200, 1000, false}) const {
    std::string all;
    for (std::string const& line : status_lines(look(), canvas)) all += line + "\n";
    return all;
  }

  ScratchFolder folder_;
  fs::path run_ = folder_ / "demo";
  std::int64_t clock_ms_ = 1'742'983'200'000;
};

TEST_F(Reports, OfARunningRunShowThePictureTheDevicesAndTheEvents) {
  write_status(std::nullopt);
  set_age(3);
  EXPECT_EQ(look().verdict, Verdict::running);
  EXPECT_EQ(exit_status_of(look()), 0);
  std::string const shown = text();
  EXPECT_TRUE(shown.starts_with("demo: running on ")) << shown;
  EXPECT_NE(shown.find(", 2 ranks, last written 3."), std::string::npos) << shown;
  EXPECT_NE(shown.find("  3/200  50% train 0.8000"), std::string::npos) << shown;
  EXPECT_NE(shown.find("\nETA 5h "), std::string::npos) << shown;
  EXPECT_NE(shown.find("elapsed 8."), std::string::npos) << shown;
  EXPECT_NE(shown.find("\nrank 1: 61 C 310/345 W\n"), std::string::npos) << shown;
  EXPECT_NE(shown.find(" ago  warning KRW-ETH: slower than before\n"), std::string::npos) << shown;
}

struct EndCase {
  char const* name;
  std::optional<RunState> end;
  int age_s;
  Verdict verdict;
  int exit_status;
  char const* says;
};

class ReportsOfTheEnd : public Reports, public testing::WithParamInterface<EndCase> {};

TEST_P(ReportsOfTheEnd, SayHowItWas) {
  EndCase const& each = GetParam();
  write_status(each.end);
  set_age(each.age_s);
  EXPECT_EQ(look().verdict, each.verdict);
  EXPECT_EQ(exit_status_of(look()), each.exit_status);
  std::string const shown = text();
  EXPECT_TRUE(shown.starts_with(each.says)) << shown;
  EXPECT_EQ(shown.find("ETA"), std::string::npos) << shown;
  EXPECT_EQ(shown.find("rank 1:"), std::string::npos) << shown;  // the card is another's by now
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, ReportsOfTheEnd, testing::ValuesIn(std::vector<EndCase>{
    {"Finished", RunState::finished, 0,    Verdict::finished, 0, "demo: not running: finished, last written "},
    {"Stopped",  RunState::stopped,  3600, Verdict::stopped,  0,
     "demo: not running: stopped on request and saved, last written 1h 00m ago; `launch/train.sh CONFIG` goes on\n"},
    {"Failed",   RunState::failed,   90,   Verdict::failed,   4, "demo: not running: failed, last written 1m 30s ago. See '"},
    {"Killed",   std::nullopt,       16,   Verdict::killed,   4, "demo: not running: last written 16s ago on "},
}), [](auto const& each) { return each.param.name; });
// clang-format on

TEST_F(Reports, OfAKilledRunSayWhatToDo) {
  write_status(std::nullopt);
  set_age(60);
  EXPECT_NE(text().find("Killed? It did not say goodbye; `launch/train.sh CONFIG` goes on\n"),
            std::string::npos)
      << text();
}

TEST_F(Reports, FailIfACoinHasFailed) {
  write_status(std::nullopt, true);
  set_age(0);
  EXPECT_EQ(look().verdict, Verdict::running);
  EXPECT_EQ(exit_status_of(look()), 4);
  EXPECT_NE(text().find("1 failed"), std::string::npos);
}

TEST_F(Reports, SayThatARunIsSilentThoughAlive) {
  {
    StatusFile file(
        run_ / "status.json", {"demo", {"A"}, 1, 1}, [this] { return clock_ms_; },
        [this] { return 0.001 * static_cast<double>(clock_ms_); });
    clock_ms_ += 125'000;
    file.beat();
    std::string const alive = read_bytes(run_ / "status.json");
    file.close(RunState::failed);
    write_bytes(run_ / "status.json", alive);
  }
  EXPECT_NE(text().find("\nno rank has reported anything for 2m 05s\n"), std::string::npos)
      << text();
}

TEST_F(Reports, StayInsideTheWindow) {
  write_status(std::nullopt);
  set_age(0);
  for (std::size_t const columns : {79u, 60u, 40u, 20u, 5u, 1u}) {
    for (std::size_t const rows : {24u, 10u, 4u, 2u, 1u}) {
      for (bool const unicode : {false, true}) {
        auto const lines = status_lines(look(), {columns, rows, unicode});
        EXPECT_LE(lines.size(), rows);
        for (std::string const& line : lines) EXPECT_LE(width_of(line), columns) << line;
        if (columns >= 20) {
          EXPECT_TRUE(std::any_of(lines.begin(), lines.end(),
                                  [](auto const& line) { return line.starts_with("ETA 5h"); }))
              << columns << " x " << rows;
        }
      }
    }
  }
}

TEST_F(Reports, AsJsonAreTheFileAndAVerdict) {
  write_status(RunState::finished);
  Json const json = status_json(look());
  EXPECT_EQ(json["format"], "moneta-status");
  EXPECT_EQ(json["state"], "finished");
  EXPECT_EQ(json["verdict"], "finished");
  EXPECT_LT(json["age_seconds"].get<double>(), 60);
  EXPECT_EQ(json["coins"].size(), 8u);
}

/// What earlier programs left: logs, an index, config.json, and no status.json.
class OlderRuns : public Reports {
 protected:
  void write_log() {
    RunLog log(run_ / "log", [this] { return clock_ms_; });
    for (std::int64_t number = 1; number <= 3; ++number) {
      log.write(epoch("KRW-BTC", number));
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
  EXPECT_EQ(report.verdict, Verdict::unknown);
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
  EXPECT_TRUE(shown.starts_with("demo: running or not, its folder does not say")) << shown;
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
  EXPECT_EQ(report.notes[3], "lines or files of the logs that could not be read: 1");
  EXPECT_EQ(report.status.coins[0].epochs_done, 3);
}

TEST_F(OlderRuns, AreWhereAResumedRunFindsItsEarlierLosses) {
  write_log();
  {
    StatusFile file(run_ / "status.json", {"demo", eight, 200, 2});
    file.take(EventRecord{Severity::info, "resumed", "goes on", "KRW-BTC", 0, {{"epoch", 3}}});
    file.close(RunState::stopped);
  }
  CoinView const coin = look().status.coins.at(0);
  EXPECT_EQ(coin.best_valid_loss, 0.8511);
  EXPECT_EQ(coin.best_epoch, 2);
  EXPECT_EQ(coin.train_loss, 0.8123);
}

struct NoRunCase {
  char const* name;
  char const* path;
  char const* shown;
  char const* says;
};

class NoRuns : public Reports, public testing::WithParamInterface<NoRunCase> {};

TEST_P(NoRuns, AreRefusedByName) {
  write_status(RunState::finished);
  fs::create_directories(folder_ / "empty");
  write_bytes(folder_ / "file", "");
  std::string const path = (folder_ / GetParam().path).string();
  try {
    look_at_run(path, system_clock_ms());
    FAIL() << "no error";
  } catch (Error const& error) {
    EXPECT_EQ(error.exit_status(), 3);
    std::string const shown = (folder_ / GetParam().shown).string();
    EXPECT_EQ(std::string(error.what()),
              cat("there is no run in '", shown, "' (", GetParam().says,
                  "). Name the folder of a run; there is ", run_.string(), "?"));
  }
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, NoRuns, testing::ValuesIn(std::vector<NoRunCase>{
    {"Missing", "nothing",  "nothing", "no such folder"},
    {"Slash",   "nothing/", "nothing", "no such folder"},
    {"File",    "file",     "file",    "it is no folder"},
    {"Empty",   "empty",    "empty",   "it has no status.json, config.json, checkpoints or log"},
}), [](auto const& each) { return each.param.name; });
// clang-format on

TEST_F(Reports, TakeAFolderWithASlashBehindIt) {
  write_status(RunState::finished);
  EXPECT_EQ(look_at_run(run_.string() + "/", system_clock_ms()).verdict, Verdict::finished);
}

}  // namespace
}  // namespace moneta
