// SPDX-License-Identifier: Apache-2.0
#include "run/status_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <optional>

#include "base/error.h"
#include "run/fed_status_file.h"
#include "run/file_age.h"
#include "support/file_size_limit.h"
#include "telemetry/fresh_folder.h"

namespace moneta {
namespace {

class StatusFileTest : public testing::Test {
 protected:
  void start() {
    file_.reset(new FedSink<StatusFile>(fed_status_file(
        path_, {{"A", "B"}, 10, 2},
        [this](EventRecord record) { failures_.push_back(std::move(record)); },
        [this] { return clock_ms_; }, [this] { return static_cast<double>(clock_ms_) / 1000; })));
  }
  void advance_clock(double seconds) { clock_ms_ += static_cast<std::int64_t>(seconds * 1000); }
  RunStatus read() const { return read_run_status(path_); }

  FreshFolder folder_;
  std::filesystem::path path_ = folder_ / "status.json";
  std::vector<EventRecord> failures_;
  std::int64_t clock_ms_ = 1'742'983'200'000;
  std::unique_ptr<FedSink<StatusFile>> file_;
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

EventRecord slow(std::string const& message) {
  return {.severity = Severity::warning, .event = Event::slow, .message = message, .coin = "A"};
}

TEST_F(StatusFileTest, ExistsFromTheStart) {
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

TEST_F(StatusFileTest, ContainsTheRecordsSoFar) {
  start();
  advance_clock(3);
  file_->on(epoch("A", 1));
  file_->on(ProgressTick{"B", 1, 1, 0.5, 0.7, 100});
  file_->on(EventRecord{.event = Event::model_saved, .message = "saved", .coin = "A"});
  file_->on(slow("slower"));
  file_->on(DeviceSample{1, {{"temperature_c", 61}}});
  advance_clock(2);
  file_->sink.tick();
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

TEST_F(StatusFileTest, IsWrittenEveryTwoSecondsAtMost) {
  start();
  std::int64_t written_ms = read().written_ms;
  int writes = 0;
  for (int i = 0; i < 100; ++i) {
    advance_clock(0.1);
    file_->on(ProgressTick{"A", 0, 1, i / 100.0, 0.7, 100});
    if (read().written_ms != written_ms) ++writes;
    written_ms = read().written_ms;
  }
  EXPECT_EQ(writes, 5);
}

TEST_F(StatusFileTest, KeepsTheLastTenEvents) {
  start();
  for (int i = 0; i < 25; ++i) {
    file_->on(slow(fmt::format("{}{}", i, std::string(1000, 'x'))));
  }
  file_->sink.close(end_in(RunState::finished));
  RunStatus const status = read();
  ASSERT_EQ(status.events.size(), 10u);
  EXPECT_TRUE(status.events[0].event.message.starts_with("15x"));
  EXPECT_EQ(status.events[9].event.message.size(), 500u);
}

TEST_F(StatusFileTest, ContainsTheStopRequestAtOnceAndThenTheFinalState) {
  start();
  advance_clock(2);
  file_->on(ProgressTick{"A", 0, 1, 0.1, 0.7, 100});
  file_->sink.stop();
  EXPECT_EQ(read().state, RunState::stopping) << "without a tick";
  file_->on(ProgressTick{"A", 0, 1, 0.2, 0.7, 100});
  file_->on(epoch("A", 1));
  file_->sink.close(end_in(RunState::stopped));
  EXPECT_EQ(read().state, RunState::stopped);
  EXPECT_EQ(read().coins[0].epochs_done, 1);
  advance_clock(10);
  file_->on(epoch("A", 2));  // ignored after close
  file_->sink.close(end_in(RunState::failed));
  file_.reset();
  EXPECT_EQ(read().state, RunState::stopped);
  EXPECT_EQ(read().coins[0].epochs_done, 1);
}

TEST_F(StatusFileTest, WithoutCloseHasTheStateFailed) {
  start();
  file_.reset();
  EXPECT_EQ(read().state, RunState::failed);
}

TEST_F(StatusFileTest, LeavesNoTemporaryFile) {
  start();
  file_->sink.close(end_in(RunState::finished));
  auto const files = std::filesystem::directory_iterator(folder_.path());
  EXPECT_EQ(std::distance(begin(files), end(files)), 1);
}

TEST_F(StatusFileTest, ReportsAFailureOnceUntilItIsWrittenAgain) {
  path_ = folder_ / "gone" / "status.json";
  start();
  for (int i = 0; i < 5; ++i) {
    advance_clock(2);
    file_->on(epoch("A", i + 1));
  }
  ASSERT_EQ(failures_.size(), 1u);
  EXPECT_EQ(failures_[0].event, Event::status_not_written);
  EXPECT_NE(failures_[0].message.find("No such file or directory"), std::string::npos);
  std::filesystem::create_directories(folder_ / "gone");
  advance_clock(2);
  file_->sink.tick();
  EXPECT_EQ(read().coins[0].epochs_done, 5);
  std::filesystem::remove_all(folder_ / "gone");
  advance_clock(2);
  file_->sink.tick();
  EXPECT_EQ(failures_.size(), 2u);
}

TEST_F(StatusFileTest, OnAFullDiskUpdatesTheTimeOfTheOldFile) {
  start();
  auto const long_ago = std::filesystem::file_time_type::clock::now() - std::chrono::hours(1);
  std::filesystem::last_write_time(path_, long_ago);
  advance_clock(2);
  {
    FileSizeLimit const full(100);
    file_->on(epoch("A", 1));
  }
  EXPECT_EQ(failures_.size(), 1u);
  EXPECT_EQ(read().coins[0].epochs_done, 0);
  EXPECT_LT(*file_age_s(path_, folder_.path(), system_clock_ms()), status_silence_s);
}

TEST_F(StatusFileTest, ReplacesInvalidUtf8) {
  start();
  file_->on(slow("caf\xe9"));
  file_->sink.close(end_in(RunState::failed));
  EXPECT_EQ(read().events.at(0).event.message, "caf\xef\xbf\xbd");
}

TEST(StatusFileClock, IsTheSystemClockByDefault) {
  FreshFolder folder;
  auto const file = fed_status_file(folder / "status.json", {{"A"}});
  RunStatus const status = read_run_status(folder / "status.json");
  EXPECT_NEAR(static_cast<double>(status.written_ms), static_cast<double>(system_clock_ms()), 60e3);
}

}  // namespace
}  // namespace moneta
