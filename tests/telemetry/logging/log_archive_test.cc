// SPDX-License-Identifier: Apache-2.0
#include "telemetry/logging/log_archive_fixture.h"

#include "base/error.h"

namespace moneta {
namespace {
namespace fs = std::filesystem;

using Names = std::vector<std::string>;

TEST_F(LogArchiveTest, CompressesPastDaysAndReportsIt) {
  folder.write("log/epochs-2026-11-24.jsonl", std::string(5000, 'x'));
  folder.write("log/events-2026-11-24.3.jsonl", std::string(3000, 'x'));
  folder.write("log/events-2026-11-25.jsonl", "of today");
  folder.write("log/events-2026-11-26.jsonl", "of a day when the clock was wrong");
  process(settings());
  EXPECT_EQ(files(), (Names{"epochs-2026-11-24.jsonl.gz", "events-2026-11-24.3.jsonl.gz",
                            "events-2026-11-25.jsonl", "events-2026-11-26.jsonl"}));
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].severity, Severity::info);
  EXPECT_EQ(events[0].event, Event::log_rotated);
  auto const bytes = [&](char const* name) { return fs::file_size(folder / "log" / name); };
  std::size_t const a = bytes("epochs-2026-11-24.jsonl.gz"),
                    b = bytes("events-2026-11-24.3.jsonl.gz");
  EXPECT_EQ(events[0].message, fmt::format("log files: 2 compressed (8000 to {} bytes)", a + b));
  EXPECT_EQ(
      events[0].details.dump(),
      fmt::format("{}{}{}{}{}{}{}",
                  R"({"compressed":[{"file":"epochs-2026-11-24.jsonl.gz","bytes_before":5000,)",
                  R"("bytes_after":)", a, R"(},{"file":"events-2026-11-24.3.jsonl.gz",)",
                  R"("bytes_before":3000,"bytes_after":)", b, R"(}],"copied":[],"deleted":[]})"));
}

TEST_F(LogArchiveTest, LeavesFilesPlainWithoutCompression) {
  folder.write("log/epochs-2026-11-24.jsonl", "x");
  auto how = without_compression();
  how.backup_folder = folder / "backup";
  process(how);
  EXPECT_EQ(files(), (Names{"epochs-2026-11-24.jsonl"}));
  EXPECT_EQ(files("backup"),
            (Names{"run", "run/epochs-2026-11-24.jsonl", "run/epochs-2026-11-24.jsonl.sha256"}));
}

TEST_F(LogArchiveTest, LeavesAFileThatIsBeingWritten) {
  folder.write("log/epochs-2026-11-24.jsonl", "earlier");
  folder.write("log/epochs-2026-11-24.1.jsonl", "written over midnight");
  LogArchive archive(folder / "log", settings(), reporter());
  archive.now_writes("epochs", "epochs-2026-11-24.1.jsonl");
  archive.wake();
  archive.drain();
  EXPECT_EQ(files(), (Names{"epochs-2026-11-24.1.jsonl", "epochs-2026-11-24.jsonl.gz"}));
  archive.now_writes("epochs", "epochs-2026-11-25.jsonl");
  archive.wake();
  archive.drain();
  EXPECT_EQ(files(), (Names{"epochs-2026-11-24.1.jsonl.gz", "epochs-2026-11-24.jsonl.gz"}));
}

TEST_F(LogArchiveTest, DeletesFilesByTheDayInTheirNamesAndChangesNoOtherFiles) {
  Names const others = {"epochs-2025-01-01.jsonl.bak", "epochs-2025-01-01.json",
                        "epochs-2025-02-30.jsonl",     "epochs-2025-01-01.0.jsonl",
                        "losses-2025-01-01.jsonl",     "epochs-2025-01-01.jsonl.gz.gz",
                        "events.out.tfevents.1",       "notes.txt",
                        "sub/epochs-2025-01-01.jsonl"};
  for (auto const& each : others) folder.write("log/" + each, "not ours");
  folder.write("elsewhere", "of a link");
  fs::create_symlink(folder / "elsewhere", folder / "log/epochs-2025-01-02.jsonl");
  fs::create_directory(folder / "log/events-2025-01-02.jsonl");
  Names const untouched = files();

  folder.write("log/epochs-2026-11-22.jsonl", "4th day, this is kept");  // keep_days is 3
  folder.write("log/epochs-2026-11-21.jsonl", "too old");
  folder.write("log/epochs-2025-01-01.7.jsonl.gz", "too old, and of another run");
  folder.write("log/events-1999-01-01.jsonl", "too old");
  folder.write("log/events-1999-01-01.jsonl.gz.tmp", "a compression that was killed");
  auto how = settings();
  how.keep_days = 3;
  process(how);
  EXPECT_TRUE(fs::remove(folder / "log/epochs-2026-11-22.jsonl.gz"));
  EXPECT_EQ(files(), untouched);
  for (auto const& each : others) EXPECT_EQ(folder.read("log/" + each), "not ours") << each;
  EXPECT_EQ(folder.read("elsewhere"), "of a link");
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].details["deleted"].dump(),
            R"(["epochs-2025-01-01.7.jsonl.gz","epochs-2026-11-21.jsonl",)"
            R"("events-1999-01-01.jsonl"])");
}

TEST_F(LogArchiveTest, ReportsABackupThatFailsOnceAndRetries) {
  folder.write("backup", "a file where the folder should be");
  for (int day = 10; day < 25; ++day) {
    folder.write(fmt::format("log/events-2026-11-{}.jsonl", day), fmt::format("day {}\n", day));
  }
  folder.write("log/events-2026-10-01.jsonl", "too old, but nowhere else\n");
  auto how = settings();
  how.backup_folder = folder / "backup";
  LogArchive archive(folder / "log", how, reporter());
  for (int i = 0; i < 3; ++i) {
    archive.wake();
    archive.drain();
  }
  ASSERT_EQ(events.size(), 2u) << "one for the compression, one for the backup";
  EXPECT_EQ(events[1].severity, Severity::warning);
  EXPECT_EQ(events[1].event, Event::log_archive_failed);
  EXPECT_EQ(events[1].details.dump(), R"({"step":"copy","files":16})");
  EXPECT_TRUE(events[1].message.starts_with("cannot create the folder '")) << events[1].message;
  EXPECT_NE(events[1].message.find("wait for this step: 16;"), std::string::npos)
      << events[1].message;
  EXPECT_EQ(files().size(), 16u) << "nothing is deleted before it is copied";

  fs::remove(folder / "backup");
  archive.wake();
  archive.drain();
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[2].message, "log files: 16 copied to the backup, 1 too old and deleted");
  EXPECT_EQ(files("backup/run").size(), 32u);
  EXPECT_EQ(files().size(), 15u);

  fs::remove_all(folder / "backup");
  folder.write("backup", "again");
  folder.write("log/epochs-2026-11-24.jsonl", "a new one");
  archive.wake();
  archive.drain();
  ASSERT_EQ(events.size(), 5u) << "it had succeeded meanwhile";
  EXPECT_EQ(events[4].details.dump(), R"({"step":"copy","files":1})");
}

TEST_F(LogArchiveTest, RetriesWithoutBeingWoken) {
  folder.write("log/events-2026-11-24.jsonl", "text");
  folder.write("backup", "in the way");
  auto how = settings();
  how.backup_folder = folder / "backup";
  how.retry_after = std::chrono::milliseconds(1);
  LogArchive archive(folder / "log", how, reporter());
  archive.wake();
  archive.drain();
  fs::remove(folder / "backup");
  std::unique_lock lock(mutex);
  EXPECT_TRUE(arrived.wait_for(lock, std::chrono::seconds(30), [&] { return events.size() == 3; }));
  EXPECT_EQ(events.back().message, "log files: 1 copied to the backup");
}

TEST_F(LogArchiveTest, ContinuesWithOtherFilesIfAFileIsInTheWay) {
  for (int day : {22, 23, 24})
    folder.write(fmt::format("log/events-2026-11-{}.jsonl", day), "text");
  folder.write("log/events-2026-11-23.jsonl.gz/inside", "a folder");
  process(settings());
  EXPECT_EQ(files(), (Names{"events-2026-11-22.jsonl.gz", "events-2026-11-23.jsonl",
                            "events-2026-11-23.jsonl.gz", "events-2026-11-23.jsonl.gz/inside",
                            "events-2026-11-24.jsonl.gz"}));
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[1].details.dump(), R"({"step":"compress","files":1})");
}

TEST_F(LogArchiveTest, ReportsAFolderThatCannotBeRead) {
  folder.write("log", "no folder");
  process(settings());
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].details["step"], "list");
}

TEST_F(LogArchiveTest, ReportsManyFilesInSeveralEvents) {
  for (int i = 1; i <= 130; ++i) folder.write(fmt::format("log/events-2026-11-24.{}.jsonl", i), "");
  process(settings());
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].details["compressed"].size(), 100u);
  EXPECT_EQ(events[1].details["compressed"].size(), 30u);
}

TEST_F(LogArchiveTest, StopsBeforeTheNextFileAndReportsNothingAfterwards) {
  for (int i = 1; i <= 150; ++i) folder.write(fmt::format("log/events-2026-11-24.{}.jsonl", i), "");
  std::size_t reported = 0;
  LogArchive archive(folder / "log", settings(), [&](EventRecord const&) {
    std::lock_guard const lock(mutex);
    ++reported;
    arrived.notify_all();
    throw Error(ErrorKind::internal, "the receiver failed");
  });
  testing::internal::CaptureStderr();
  archive.wake();
  {
    std::unique_lock lock(mutex);
    arrived.wait(lock, [&] { return reported > 0; });
  }
  archive.stop();
  std::size_t const then = reported;
  archive.wake();
  archive.drain();
  EXPECT_EQ(reported, then);
  EXPECT_TRUE(testing::internal::GetCapturedStderr().starts_with(
      "moneta: warning: an event of the log archive is lost (the receiver failed)"));
  process(settings());  // the next start processes the rest
  for (std::string const& name : files()) EXPECT_TRUE(name.ends_with(".gz")) << name;
}

}  // namespace
}  // namespace moneta
