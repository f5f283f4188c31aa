// SPDX-License-Identifier: Apache-2.0
#include "telemetry/logging/run_log.h"

#include <cmath>
#include <thread>

#include "base/log.h"
#include "support/error_text.h"
#include "telemetry/logging/log_archive_fixture.h"
#include "telemetry/logging/log_files.h"

namespace moneta {
namespace {

class RunLogTest : public LogArchiveTest {
 protected:
  /// 2021-03-31T23:30:00.250Z, which is in April in the time zone of the tests.
  RunLogTest() { now_ms = 1'617'233'400'250; }
};

TEST_F(RunLogTest, WritesAnEpochAsOneJsonLineAtOnce) {
  RunLog log(folder / "log", without_compression());
  EpochRecord record;
  record.coin = "KRW-BTC";
  record.epoch = 3;
  log.on(record);
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

TEST_F(RunLogTest, RoundsTheMeasurementsOfAnEpoch) {
  RunLog log(folder / "log", without_compression());
  EpochRecord record;
  record.train_loss = 2.0 / 3;
  record.valid_loss = 1234567.8;
  record.learning_rate = 4.99999949e-5;
  record.train_seconds = 1234.567;
  record.host_memory_bytes = 5'123'556'789;
  record.device = {{"memory_total_bytes", std::uint64_t{12'884'901'888}},
                   {"power_mean_w", 287.16},
                   {"utilisation_mean_percent", 97.25}};
  log.on(record);
  std::string const line = folder.lines("log/epochs-2021-04-01.jsonl").at(0);
  for (char const* const part :
       {R"("train_loss":0.666667,)", R"("valid_loss":1234570.0,)", R"("learning_rate":5e-05,)",
        R"("train_seconds":1230.0,)", R"("host_memory_bytes":5124000000,)",
        R"("device":{"memory_total_bytes":12884901888,"power_mean_w":287.0,)",
        R"("utilisation_mean_percent":97.0}})"}) {
    EXPECT_NE(line.find(part), std::string::npos) << line;
  }
}

TEST_F(RunLogTest, ReportsANumberThatIsNotFiniteOnce) {
  RunLog log(folder / "log", without_compression());
  EpochRecord record;
  record.coin = "KRW-BTC";
  record.epoch = 3;
  record.valid_loss = std::nan("");
  log.on(record);
  log.on(record);
  EXPECT_TRUE(
      Json::parse(folder.lines("log/epochs-2021-04-01.jsonl").at(0))["valid_loss"].is_null());
  auto const lines = folder.lines("log/events-2021-04-01.jsonl");
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(Json::parse(lines[0])["event.action"], "not_finite");
}

TEST_F(RunLogTest, WritesAnEventWithEcsFields) {
  RunLog log(folder / "log", without_compression());
  log.on(event("saved"));
  log.on(EventRecord{.severity = Severity::warning,
                     .event = Event::slow,
                     .message = "the run is slow",
                     .details = nullptr});
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
  RunLog log(folder / "log", without_compression());
  log.on(event("two\nlines \x1b[31m \xff \"quoted\""));
  auto const lines = folder.lines("log/events-2021-04-01.jsonl");
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(Json::parse(lines[0])["message"], "two\nlines \x1b[31m \xef\xbf\xbd \"quoted\"");
}

TEST_F(RunLogTest, BeginsANewFileOnEachLocalDay) {
  RunLog log(folder / "log", without_compression());
  log.on(event("first day"));
  now_ms += 15 * hour_ms;  // 23:30 in the time zone
  log.on(event("still first day"));
  now_ms += hour_ms;
  log.on(event("second day"));
  EXPECT_EQ(folder.lines("log/events-2021-04-01.jsonl").size(), 2u);
  EXPECT_EQ(folder.lines("log/events-2021-04-02.jsonl").size(), 1u);
}

TEST_F(RunLogTest, BeginsANewFileAtEachStart) {
  for (std::string const message : {"first", "second", "third"}) {
    RunLog(folder / "log", without_compression()).on(event(message));
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

TEST_F(RunLogTest, UsesTheNumberAfterThoseOfCompressedFiles) {
  write_bytes(folder / "epochs-2021-04-01.7.jsonl.gz", "");
  std::filesystem::create_directory(folder / "epochs-2021-04-01.8.jsonl");
  RunLog(folder.path(), without_compression()).on(EpochRecord{});
  EXPECT_EQ(folder.lines("epochs-2021-04-01.9.jsonl").size(), 1u);
}

TEST_F(RunLogTest, EndsThePartialLineOfAKilledRunAndChangesNothingElse) {
  folder.write("log/events-2021-04-01.jsonl", "{\"older");
  folder.write("log/events-2021-04-01.1.jsonl", "{\"whole\":1}\n{\"@times");
  { RunLog(folder / "log", without_compression()).on(event("after")); }
  EXPECT_EQ(folder.read("log/events-2021-04-01.jsonl"), "{\"older");
  EXPECT_EQ(folder.read("log/events-2021-04-01.1.jsonl"), "{\"whole\":1}\n{\"@times\n");
  auto const lines = folder.lines("log/events-2021-04-01.2.jsonl");
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(Json::parse(lines[0])["message"], "after");
}

TEST_F(RunLogTest, DoesNotMixLogsAndDiagnostics) {
  RunLog first(folder / "first", without_compression());
  RunLog second(folder / "second", without_compression());
  testing::internal::CaptureStderr();
  first.on(event("to the first"));
  first.on(EpochRecord{});
  second.on(event("to the second"));
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

TEST_F(RunLogTest, ContinuesInANewFileIfTheFileIsDeleted) {
  RunLog log(folder / "log", without_compression());
  log.on(event("deleted"));
  std::filesystem::remove(folder / "log/events-2021-04-01.jsonl");
  log.on(event("kept"));
  auto const lines = folder.lines("log/events-2021-04-01.jsonl");
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(Json::parse(lines[0])["message"], "kept");
}

TEST_F(RunLogTest, AcceptsRecordsFromManyThreads) {
  RunLog log(folder / "log", without_compression());
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) log.on(event(std::string(300, 'x')));
    });
  }
  for (auto& each : threads) each.join();
  auto const lines = folder.lines("log/events-2021-04-01.jsonl");
  EXPECT_EQ(lines.size(), 800u);
  for (std::string const& line : lines) EXPECT_TRUE(Json::accept(line)) << line;
}

TEST_F(RunLogTest, UsesTheSystemClockByDefault) {
  RunLog(folder / "log").on(event("now"));
  std::size_t files = 0;
  for (auto const& each : std::filesystem::directory_iterator(folder / "log")) {
    EXPECT_GT(each.path().filename().string(), "epochs-2025");
    ++files;
  }
  EXPECT_EQ(files, 2u);
}

TEST_F(RunLogTest, AcceptsEventsAfterItIsClosed) {
  RunLog log(folder / "log", without_compression(), reporter());
  log.close({});
  log.on(event("from another sink"));
  EXPECT_EQ(folder.lines("log/events-2021-04-01.jsonl").size(), 1u);
}

TEST_F(RunLogTest, EndsItsArchiveWhenItIsClosed) {
  folder.write("log/events-2021-03-31.jsonl", "of an earlier day");
  RunLog log(folder / "log", settings(), reporter());
  log.drain_archive();
  ASSERT_EQ(events.size(), 1u);
  log.close({});
  folder.write("log/events-2021-03-30.jsonl", "of an earlier day");
  now_ms += 24 * hour_ms;
  log.on(event("finishes a file and wakes the archive"));
  log.drain_archive();  // does not wait
  EXPECT_EQ(events.size(), 1u);
}

TEST_F(RunLogTest, RejectsAFolderThatCannotBeCreated) {
  folder.write("file", "");
  std::string const text =
      error_text(ErrorKind::disk, [&] { RunLog(folder / "file/log", without_compression()); });
  EXPECT_NE(text.find((folder / "file/log").string()), std::string::npos) << text;
  EXPECT_NE(text.find("(Not a directory)"), std::string::npos) << text;
}

TEST_F(RunLogTest, RejectsAFolderInWhichNoFileCanBeCreated) {
  std::string const text =
      error_text(ErrorKind::disk, [&] { RunLog("/proc", without_compression()); });
  EXPECT_TRUE(text.starts_with("cannot write the log '/proc/epochs-2021-04-01.jsonl' (")) << text;
}

}  // namespace
}  // namespace moneta
