// SPDX-License-Identifier: Apache-2.0
#include "telemetry/logging/run_log.h"
#include "telemetry/logging/log_archive_fixture.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <time.h>

#include <atomic>
#include <cmath>
#include <thread>

#include "base/error.h"
#include "base/log.h"
#include "telemetry/fresh_folder.h"
#include "telemetry/logging/log_files.h"

namespace moneta {
namespace {

/// 2021-03-31T23:30:00.250Z; with the tests' time zone UTC+9 it is April there.
constexpr std::int64_t start_ms = 1'617'233'400'250;

class RunLogTest : public testing::Test {
 protected:
  void SetUp() override { set_zone("KST-9"); }
  void TearDown() override { set_zone("UTC0"); }
  static void set_zone(char const* zone) {
    ::setenv("TZ", zone, 1);
    ::tzset();
  }

  LogArchiveSettings settings() {
    LogArchiveSettings settings;
    settings.clock = [this] { return now_ms.load(); };
    settings.compress = false;  // log_archive_test.cc is about that
    return settings;
  }
  static EventRecord event(std::string const& message) {
    return {Severity::info, "model_saved", message, "KRW-BTC", 1, {{"bytes", 12}}};
  }

  FreshFolder folder;
  std::atomic<std::int64_t> now_ms = start_ms;
};

TEST_F(RunLogTest, WritesAnEpochAsOneJsonLineAtOnce) {
  RunLog log(folder / "log", settings());
  EpochRecord record;
  record.coin = "KRW-BTC";
  record.epoch = 3;
  log.write(record);
  auto const lines = folder.lines("log/epochs-2021-04-01.jsonl");
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_TRUE(lines[0].starts_with(
      R"({"@timestamp":"2021-03-31T23:30:00.250Z","event.action":"epoch","coin":"KRW-BTC")"))
      << lines[0];
  Json line = Json::parse(lines[0]);
  line.erase("@timestamp");
  line.erase("event.action");
  EXPECT_EQ(line.dump(), to_json(record).dump());
}

TEST_F(RunLogTest, WritesNoNoiseOfAnEpoch) {
  RunLog log(folder / "log", settings());
  EpochRecord record;
  record.train_loss = 2.0 / 3;
  record.valid_loss = 1234567.8;
  record.learning_rate = 4.99999949e-5;
  record.train_seconds = 1234.567;
  record.host_memory_bytes = 5'123'556'789;
  record.device = {{"memory_total_bytes", std::uint64_t{12'884'901'888}},
                   {"power_mean_w", 287.16},
                   {"utilisation_mean_percent", 97.25}};
  log.write(record);
  std::string const line = folder.lines("log/epochs-2021-04-01.jsonl").at(0);
  for (char const* const part :
       {R"("train_loss":0.666667,)", R"("valid_loss":1234570.0,)", R"("learning_rate":5e-05,)",
        R"("train_seconds":1230.0,)", R"("host_memory_bytes":5124000000,)",
        R"("device":{"memory_total_bytes":12884901888,"power_mean_w":287.0,)",
        R"("utilisation_mean_percent":97.0}})"}) {
    EXPECT_NE(line.find(part), std::string::npos) << line;
  }
}

TEST_F(RunLogTest, TellsOnceThatANumberIsNotFinite) {
  RunLog log(folder / "log", settings());
  EpochRecord record;
  record.coin = "KRW-BTC";
  record.epoch = 3;
  record.valid_loss = std::nan("");
  log.write(record);
  log.write(record);
  EXPECT_TRUE(
      Json::parse(folder.lines("log/epochs-2021-04-01.jsonl").at(0))["valid_loss"].is_null());
  auto const events = folder.lines("log/events-2021-04-01.jsonl");
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(Json::parse(events[0])["event.action"], "not_finite");
}

TEST_F(RunLogTest, WritesAnEventWithTheFieldsOfEcs) {
  RunLog log(folder / "log", settings());
  log.write(event("saved"));
  log.write(EventRecord{Severity::warning, "slow", "the run is slow", "", 0, nullptr});
  EXPECT_EQ(folder.read("log/events-2021-04-01.jsonl"),
            R"({"@timestamp":"2021-03-31T23:30:00.250Z","log.level":"info","message":"saved",)"
            R"("event.action":"model_saved","event.dataset":"moneta.events",)"
            R"("labels":{"coin":"KRW-BTC","rank":1},"moneta":{"bytes":12}})"
            "\n"
            R"({"@timestamp":"2021-03-31T23:30:00.250Z","log.level":"warning",)"
            R"("message":"the run is slow","event.action":"slow","event.dataset":"moneta.events",)"
            R"("labels":{"rank":0},"moneta":{}})"
            "\n");
}

TEST_F(RunLogTest, KeepsAnyMessageOnOneValidLine) {
  RunLog log(folder / "log", settings());
  log.write(event("two\nlines \x1b[31m \xff \"quoted\""));
  auto const lines = folder.lines("log/events-2021-04-01.jsonl");
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(Json::parse(lines[0])["message"], "two\nlines \x1b[31m \xef\xbf\xbd \"quoted\"");
}

TEST_F(RunLogTest, BeginsANewFileWithTheLocalDay) {
  RunLog log(folder / "log", settings());
  log.write(event("first day"));
  now_ms += 15 * hour_ms;  // 23:30 in the time zone
  log.write(event("still first day"));
  now_ms += hour_ms;
  log.write(event("second day"));
  EXPECT_EQ(folder.lines("log/events-2021-04-01.jsonl").size(), 2u);
  EXPECT_EQ(folder.lines("log/events-2021-04-02.jsonl").size(), 1u);
}

TEST_F(RunLogTest, BeginsANewFileAtEachStart) {
  for (std::string const message : {"first", "second", "third"}) {
    RunLog(folder / "log", settings()).write(event(message));
  }
  std::vector<std::string> messages;
  auto const files = log_files(folder / "log", "events");
  for (LogFile const& file : files) {
    read_log(file, [&](auto line) { messages.push_back(Json::parse(line)["message"]); });
  }
  EXPECT_EQ(messages, (std::vector<std::string>{"first", "second", "third"}));
  ASSERT_EQ(files.size(), 3u);
  EXPECT_EQ(files[0].path, folder / "log/events-2021-04-01.jsonl");
  EXPECT_EQ(files[2].path, folder / "log/events-2021-04-01.2.jsonl");
}

TEST_F(RunLogTest, TakesTheNumberAfterThoseThatAreCompressed) {
  write_bytes(folder / "epochs-2021-04-01.7.jsonl.gz", "");
  std::filesystem::create_directory(folder / "epochs-2021-04-01.8.jsonl");
  RunLog(folder.path(), settings()).write(EpochRecord{});
  EXPECT_EQ(folder.lines("epochs-2021-04-01.9.jsonl").size(), 1u);
}

TEST_F(RunLogTest, EndsTheHalfLineOfAKilledRunAndLeavesTheRest) {
  folder.write("log/events-2021-04-01.jsonl", "{\"older");
  folder.write("log/events-2021-04-01.1.jsonl", "{\"whole\":1}\n{\"@times");
  { RunLog(folder / "log", settings()).write(event("after")); }
  EXPECT_EQ(folder.read("log/events-2021-04-01.jsonl"), "{\"older");
  EXPECT_EQ(folder.read("log/events-2021-04-01.1.jsonl"), "{\"whole\":1}\n{\"@times\n");
  auto const lines = folder.lines("log/events-2021-04-01.2.jsonl");
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(Json::parse(lines[0])["message"], "after");
}

TEST_F(RunLogTest, TwoLogsAndTheDiagnosticsDoNotMix) {
  RunLog first(folder / "first", settings());
  RunLog second(folder / "second", settings());
  testing::internal::CaptureStderr();
  first.write(event("to the first"));
  first.write(EpochRecord{});
  second.write(event("to the second"));
  log_warning("to standard error");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "moneta: warning: to standard error\n");
  for (std::string const name : {"first", "second"}) {
    auto const lines = folder.lines(name + "/events-2021-04-01.jsonl");
    ASSERT_EQ(lines.size(), 1u) << name;
    EXPECT_EQ(Json::parse(lines[0])["message"], "to the " + name);
  }
  EXPECT_EQ(folder.lines("first/epochs-2021-04-01.jsonl").size(), 1u);
  EXPECT_EQ(folder.lines("second/epochs-2021-04-01.jsonl").size(), 0u);
}

TEST_F(RunLogTest, GoesOnInANewFileWhenTheOldOneIsDeleted) {
  RunLog log(folder / "log", settings());
  log.write(event("deleted"));
  std::filesystem::remove(folder / "log/events-2021-04-01.jsonl");
  log.write(event("kept"));
  auto const lines = folder.lines("log/events-2021-04-01.jsonl");
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(Json::parse(lines[0])["message"], "kept");
}

TEST_F(RunLogTest, TakesLinesFromManyThreads) {
  RunLog log(folder / "log", settings());
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) log.write(event(std::string(300, 'x')));
    });
  }
  for (auto& each : threads) each.join();
  auto const lines = folder.lines("log/events-2021-04-01.jsonl");
  EXPECT_EQ(lines.size(), 800u);
  for (std::string const& line : lines) EXPECT_TRUE(Json::accept(line)) << line;
}

TEST_F(RunLogTest, UsesTheSystemsClockByItself) {
  RunLog(folder / "log").write(event("now"));
  std::size_t files = 0;
  for (auto const& each : std::filesystem::directory_iterator(folder / "log")) {
    EXPECT_GT(each.path().filename().string(), "epochs-2025");
    ++files;
  }
  EXPECT_EQ(files, 2u);
}

TEST_F(RunLogTest, RefusesAFolderThatCannotBeMade) {
  folder.write("file", "");
  try {
    RunLog log(folder / "file/log", settings());
    FAIL() << "no error";
  } catch (Error const& error) {
    EXPECT_EQ(error.kind(), ErrorKind::disk);
    EXPECT_EQ(error.what(), "cannot make the folder '" + (folder / "file/log").string() +
                                "' for the log (Not a directory). Is the folder above it "
                                "writable?");
  }
}

TEST_F(RunLogTest, RefusesAFolderWithoutRoomForAFile) {
  try {
    RunLog log("/proc", settings());
    FAIL() << "no error";
  } catch (Error const& error) {
    EXPECT_EQ(error.kind(), ErrorKind::disk);
    std::string const text = error.what();
    EXPECT_TRUE(text.starts_with("cannot write the log '/proc/epochs-2021-04-01.jsonl' (")) << text;
    EXPECT_TRUE(text.ends_with("). Is the folder writable, and the disk not full?")) << text;
  }
}

}  // namespace
}  // namespace moneta
