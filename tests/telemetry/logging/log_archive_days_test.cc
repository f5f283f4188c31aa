// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <map>

#include "base/error.h"
#include "telemetry/logging/log_archive_fixture.h"
#include "telemetry/logging/log_files.h"
#include "telemetry/logging/run_log.h"

namespace moneta {
namespace {
namespace fs = std::filesystem;

/// The test syncs about 2000 files, which takes seconds on a disk. It uses memory if possible.
class InMemory {
 protected:
  InMemory() {
    if (!was_ && fs::is_directory("/dev/shm")) ::setenv("TMPDIR", "/dev/shm", 1);
  }
  ~InMemory() {
    if (!was_) ::unsetenv("TMPDIR");
  }

 private:
  bool const was_ = std::getenv("TMPDIR") != nullptr;
};

/// 40 days with 5 starts each, and a record of each kind every 12 minutes.
class FortyDays : public InMemory, public LogArchiveTest {
 protected:
  static constexpr std::size_t days = 40, starts = 5, records_a_start = 24;

  static std::int64_t time_of(std::size_t record) {
    std::int64_t const midnight_ms = noon_ms - 12 * hour_ms;
    return midnight_ms + static_cast<std::int64_t>(record) * 24 * hour_ms /
                             static_cast<std::int64_t>(starts * records_a_start);
  }
  void write_logs(LogArchiveSettings const& how) {
    std::size_t written = 0;
    for (std::size_t start = 0; start < days * starts; ++start) {
      now_ms = time_of(written);
      RunLog log(folder / "log", how, reporter());
      for (std::size_t i = 0; i < records_a_start; ++i, ++written) {
        now_ms = time_of(written);
        EpochRecord record;
        record.coin = "KRW-BTC";
        record.update = static_cast<std::int64_t>(written);
        log.on(record);
        log.on(EventRecord{.event = Event::model_saved, .message = std::to_string(written)});
      }
      log.drain_archive();
      EXPECT_EQ(log.lost_lines(), 0u);
    }
  }
  /// How often each record is in the files.
  std::map<std::size_t, int> found(fs::path const& where, std::string const& kind) {
    std::map<std::size_t, int> all;
    for (LogFile const& file : log_files(where, kind)) {
      read_log(file, [&](std::string_view line) {
        Json const json = Json::parse(line);
        bool const is_epoch = kind == "epochs";
        ++all[is_epoch ? json["update"].get<std::size_t>()
                       : std::stoul(json["message"].get<std::string>())];
      });
    }
    return all;
  }
  /// Checks that the events report every file.
  void expect_all_reported() {
    std::size_t compressed = 0, copied = 0, deleted = 0, before = 0, after = 0;
    for (EventRecord const& record : events) {
      ASSERT_EQ(record.event, Event::log_rotated);
      for (Json const& each : record.details["compressed"]) {
        ++compressed;
        before += each["bytes_before"].get<std::size_t>();
        after += each["bytes_after"].get<std::size_t>();
      }
      copied += record.details["copied"].size();
      deleted += record.details["deleted"].size();
    }
    EXPECT_EQ(compressed, 39 * starts * 2);
    EXPECT_EQ(copied, 39 * starts * 2);
    EXPECT_EQ(deleted, 9 * starts * 2);
    EXPECT_EQ(files().size(), 31 * starts * 2);
    EXPECT_LT(after, before / 3);
    RecordProperty("bytes_before", fmt::format("{}", before));
    RecordProperty("bytes_after", fmt::format("{}", after));
  }
};

TEST_F(FortyDays, KeepEveryRecordOnceAndReportEveryFile) {
  auto how = settings();
  how.backup_folder = folder / "backup";
  write_logs(how);
  for (std::string const kind : {"epochs", "events"}) {
    constexpr std::size_t a_day = starts * records_a_start;
    auto const local = found(folder / "log", kind);
    EXPECT_EQ(local.size(), 31 * a_day) << "today and 30 days before it";
    EXPECT_EQ(local.begin()->first, 9 * a_day);
    auto const copied = found(folder / "backup/run", kind);
    EXPECT_EQ(copied.size(), 39 * a_day) << "all but today's";
    EXPECT_EQ(copied.begin()->first, 0u);
    for (auto const& all : {local, copied}) {
      for (auto const& [number, times] : all) EXPECT_EQ(times, 1) << number;
    }
    std::size_t plain = 0;
    for (LogFile const& file : log_files(folder / "log", kind)) plain += file.compressed ? 0 : 1;
    EXPECT_EQ(plain, starts) << "today's";
  }
  std::string const check =
      "cd '" + (folder / "backup/run").string() + "' && sha256sum --strict -c *.sha256 >/dev/null";
  EXPECT_EQ(std::system(check.c_str()), 0);
  expect_all_reported();
}

}  // namespace
}  // namespace moneta
