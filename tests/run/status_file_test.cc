// SPDX-License-Identifier: Apache-2.0
#include "run/status_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <optional>

#include "base/error.h"
#include "support/file_size_limit.h"
#include "telemetry/fresh_folder.h"
#include "telemetry/logging/daily_file.h"

namespace moneta {
namespace {

class StatusFiles : public testing::Test {
 protected:
  void start() {
    file_.emplace(
        path_, StatusFile::Run{"demo", {"A", "B"}, 10, 2},
        [this](EventRecord record) { told_.push_back(std::move(record)); },
        [this] { return clock_ms_; }, [this] { return static_cast<double>(clock_ms_) / 1000; });
  }
  /// Moves the clock on.
  void pass(double seconds) { clock_ms_ += static_cast<std::int64_t>(seconds * 1000); }
  RunStatus read() const { return read_run_status(path_); }

  FreshFolder folder_;
  std::filesystem::path path_ = folder_ / "status.json";
  std::vector<EventRecord> told_;
  std::int64_t clock_ms_ = 1'742'983'200'000;
  std::optional<StatusFile> file_;
};

EpochRecord epoch(std::string const& coin, std::int64_t number) {
  EpochRecord record;
  record.coin = coin;
  record.epoch = number;
  record.epochs = 10;
  record.train_loss = 0.5;
  record.train_seconds = 12;
  return record;
}

TEST_F(StatusFiles, IsThereFromTheStart) {
  start();
  RunStatus const status = read();
  EXPECT_EQ(status.run, "demo");
  EXPECT_EQ(status.pid, ::getpid());
  EXPECT_FALSE(status.host.empty());
  EXPECT_EQ(status.started_ms, clock_ms_);
  EXPECT_EQ(status.written_ms, clock_ms_);
  EXPECT_EQ(status.state, RunState::starting);
  EXPECT_EQ(status.epochs, 10);
  EXPECT_EQ(status.ranks, 2u);
  EXPECT_EQ(status.coins.size(), 2u);
  EXPECT_EQ(status.readings, (std::vector<Json>{Json::object(), Json::object()}));
  EXPECT_EQ(status.eta_seconds, std::nullopt);
}

TEST_F(StatusFiles, TellsWhatWasReported) {
  start();
  pass(3);
  file_->take(epoch("A", 1));
  file_->take(ProgressTick{"B", 1, 1, 0.5, 0.7, 100});
  file_->take(EventRecord{Severity::info, "model_saved", "not for people", "A", 0, {}});
  file_->take(EventRecord{Severity::warning, "slow", "slower", "A", 0, {}});
  file_->take_reading(1, {{"temperature_c", 61}});
  pass(2);
  file_->tick();
  RunStatus const status = read();
  EXPECT_EQ(status.state, RunState::running);
  EXPECT_EQ(status.coins[0].epochs_done, 1);
  EXPECT_EQ(status.coins[1].phase, CoinPhase::running);
  EXPECT_EQ(status.elapsed_seconds, 5);
  EXPECT_EQ(status.written_ms - status.reported_ms, 2000);
  ASSERT_EQ(status.events.size(), 1u);
  EXPECT_EQ(status.events[0].event.message, "slower");
  EXPECT_EQ(status.events[0].time_ms, clock_ms_ - 2000);
  EXPECT_EQ(status.readings[1]["temperature_c"], 61);
  EXPECT_GT(status.eta_seconds.value_or(0), 0);
}

TEST_F(StatusFiles, IsWrittenEveryTwoSecondsAtMost) {
  start();
  std::int64_t written_ms = read().written_ms;
  int writes = 0;
  for (int i = 0; i < 100; ++i) {
    pass(0.1);
    file_->take(ProgressTick{"A", 0, 1, i / 100.0, 0.7, 100});
    if (read().written_ms != written_ms) ++writes;
    written_ms = read().written_ms;
  }
  EXPECT_EQ(writes, 5);
}

TEST_F(StatusFiles, KeepsTheLastTenEvents) {
  start();
  for (int i = 0; i < 25; ++i) {
    file_->take(EventRecord{
        Severity::warning, "slow", fmt::format("{}{}", i, std::string(1000, 'x')), "A", 0, {}});
  }
  file_->close(RunState::finished);
  RunStatus const status = read();
  ASSERT_EQ(status.events.size(), 10u);
  EXPECT_TRUE(status.events[0].event.message.starts_with("15x"));
  EXPECT_EQ(status.events[9].event.message.size(), 500u);
}

TEST_F(StatusFiles, SaysThatItStopsAndHowItEnded) {
  start();
  pass(2);
  file_->take(ProgressTick{"A", 0, 1, 0.1, 0.7, 100});
  file_->stop();
  EXPECT_EQ(read().state, RunState::stopping) << "at once";
  file_->take(ProgressTick{"A", 0, 1, 0.2, 0.7, 100});
  file_->take(epoch("A", 1));
  file_->close(RunState::stopped);
  EXPECT_EQ(read().state, RunState::stopped);
  EXPECT_EQ(read().coins[0].epochs_done, 1);
  pass(10);
  file_->take(epoch("A", 2));  // nothing after the end
  file_->close(RunState::failed);
  file_.reset();
  EXPECT_EQ(read().state, RunState::stopped);
  EXPECT_EQ(read().coins[0].epochs_done, 1);
}

TEST_F(StatusFiles, WithoutAnEndHasFailed) {
  start();
  file_.reset();
  EXPECT_EQ(read().state, RunState::failed);
}

TEST_F(StatusFiles, LeavesNoTemporary) {
  start();
  file_->close(RunState::finished);
  auto const files = std::filesystem::directory_iterator(folder_.path());
  EXPECT_EQ(std::distance(begin(files), end(files)), 1);
}

TEST_F(StatusFiles, AFailureIsOneEventUntilItIsWrittenAgain) {
  path_ = folder_ / "gone" / "status.json";
  start();
  for (int i = 0; i < 5; ++i) {
    pass(2);
    file_->take(epoch("A", i + 1));
  }
  ASSERT_EQ(told_.size(), 1u);
  EXPECT_EQ(told_[0].action, "status_not_written");
  EXPECT_NE(told_[0].message.find("No such file or directory"), std::string::npos);
  std::filesystem::create_directories(folder_ / "gone");
  pass(2);
  file_->tick();
  EXPECT_EQ(read().coins[0].epochs_done, 5);
  std::filesystem::remove_all(folder_ / "gone");
  pass(2);
  file_->tick();
  EXPECT_EQ(told_.size(), 2u);
}

TEST_F(StatusFiles, OnAFullDiskTheOldOneShowsThatTheRunIsAlive) {
  start();
  auto const long_ago = std::filesystem::file_time_type::clock::now() - std::chrono::hours(1);
  std::filesystem::last_write_time(path_, long_ago);
  pass(2);
  {
    FileSizeLimit const full(100);
    file_->take(epoch("A", 1));
  }
  EXPECT_EQ(told_.size(), 1u);
  EXPECT_EQ(read().coins[0].epochs_done, 0);
  EXPECT_LT(*file_age_s(path_, folder_.path(), system_clock_ms()), status_silence_s);
}

TEST_F(StatusFiles, TextThatIsNoUtf8IsMendedAndNeverThrows) {
  start();
  file_->take(EventRecord{Severity::error, "save_failed", "caf\xe9", "A", 0, {}});
  file_->close(RunState::failed);
  EXPECT_EQ(read().events.at(0).event.message, "caf\xef\xbf\xbd");
}

TEST(StatusFileClock, IsThatOfTheSystem) {
  FreshFolder folder;
  StatusFile file(folder / "status.json", {"demo", {"A"}, 1, 1}, [](EventRecord const&) {});
  RunStatus const status = read_run_status(folder / "status.json");
  EXPECT_NEAR(static_cast<double>(status.written_ms), static_cast<double>(system_clock_ms()), 60e3);
}

}  // namespace
}  // namespace moneta
