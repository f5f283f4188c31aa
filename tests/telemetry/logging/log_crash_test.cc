// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <random>
#include <thread>
#include <vector>

#include "base/error.h"
#include "support/long_form.h"
#include "telemetry/fresh_folder.h"
#include "telemetry/logging/log_archive_fixture.h"
#include "telemetry/logging/log_files.h"
#include "telemetry/logging/run_log.h"

namespace moneta {
namespace {
namespace fs = std::filesystem;

LogArchiveSettings settings(fs::path const& folder, ClockMs clock) {
  LogArchiveSettings settings;
  settings.keep_days = 36500;
  settings.backup_folder = folder / "backup";
  settings.run_name = "run";
  settings.clock = std::move(clock);
  return settings;
}

/// Writes records from `first` on as fast as possible, and sends the number of each to the pipe
/// after it was written. The clock advances by an hour every 40 records, so that files are
/// compressed and copied all the time. Runs until it is killed.
[[noreturn]] void write_records(fs::path const& folder, std::uint32_t first, int pipe) {
  std::atomic<std::int64_t> number = first;
  RunLog log(folder / "log", settings(folder, [&] { return noon_ms + number / 40 * hour_ms; }));
  EpochRecord record;
  record.coin = "KRW-BTC";
  for (std::uint32_t i = first;; ++i) {
    number = i;
    record.update = i;
    log.on(record);
    if (::write(pipe, &i, sizeof i) != sizeof i) ::_exit(1);
  }
}

/// Starts a writer and kills it at a random instant. Returns the number of the last record that it
/// reported, or first - 1.
std::uint32_t kill_a_writer(fs::path const& folder, std::uint32_t first, std::mt19937& random) {
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  pid_t const child = ::fork();
  if (child == 0) write_records(folder, first, ends[1]);
  ::close(ends[1]);
  std::thread killer([child, delay = random() % 40'000] {
    std::this_thread::sleep_for(std::chrono::microseconds(delay));
    ::kill(child, SIGKILL);
  });
  std::uint32_t last = first - 1;
  for (std::uint32_t next = 0; ::read(ends[0], &next, sizeof next) == sizeof next; last = next) {
    EXPECT_EQ(next, last + 1);
  }
  ::close(ends[0]);
  killer.join();
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
  return last;
}

struct Contents {
  std::vector<std::uint8_t> times;  ///< how often each record occurs
  std::size_t files = 0, half_lines = 0;
};

/// Reads all files. Only the last line of a file may be one that cannot be parsed.
Contents read_all(fs::path const& folder, std::size_t records) {
  Contents all{std::vector<std::uint8_t>(records + 1000), 0, 0};
  for (LogFile const& file : log_files(folder, "epochs")) {
    bool ended = false;
    ++all.files;
    read_log(file, [&](std::string_view line) {
      EXPECT_FALSE(ended) << "a line after one that cannot be parsed in " << file.path;
      Json const json = Json::parse(line, nullptr, false);
      ended = json.is_discarded();
      if (ended) {
        ++all.half_lines;
      } else {
        ++all.times.at(json["update"].get<std::size_t>());
      }
    });
  }
  return all;
}

/// Checks that every record that was reported occurs once. The record after the last reported one
/// of each writer may occur, but not twice.
void expect_all(Contents const& all, std::vector<bool> const& reported) {
  std::vector<std::size_t> missing, repeated;
  for (std::size_t i = 0; i < all.times.size(); ++i) {
    if (all.times[i] > 1) repeated.push_back(i);
    if (all.times[i] == 0 && i < reported.size() && reported[i]) missing.push_back(i);
  }
  EXPECT_TRUE(missing.empty()) << missing.size() << " are missing, the first is " << missing[0];
  EXPECT_TRUE(repeated.empty()) << repeated.size() << " are repeated, the first is " << repeated[0];
}

TEST(KilledRunLog, LosesNoRecordThatWasWritten) {
  FreshFolder const folder;
  auto const seed = std::random_device{}();
  std::cout << "seed " << seed << '\n';
  std::mt19937 random(seed);
  std::vector<bool> reported;
  std::size_t const rounds = tries(50, 1000);
  for (std::size_t round = 1; round <= rounds; ++round) {
    auto const first = static_cast<std::uint32_t>(reported.size());
    std::uint32_t const last = kill_a_writer(folder.path(), first, random);
    reported.resize(last + 1, true);
    reported.resize(last + 3, false);  // a record may be written that was not reported
    if (round % 10 == 0) expect_all(read_all(folder / "log", reported.size()), reported);
  }

  std::int64_t const later_ms =
      noon_ms + static_cast<std::int64_t>(reported.size()) / 40 * hour_ms + 48 * hour_ms;
  RunLog after(folder / "log", settings(folder.path(), [&] { return later_ms; }));
  after.drain_archive();
  Contents const local = read_all(folder / "log", reported.size());
  expect_all(local, reported);
  expect_all(read_all(folder / "backup/run", reported.size()), reported);
  std::size_t plain = 0;
  for (LogFile const& file : log_files(folder / "log", "epochs")) plain += file.compressed ? 0 : 1;
  EXPECT_EQ(plain, 1u) << "the file of `after`; the others are compressed and copied";
  EXPECT_GT(reported.size(), rounds * 10) << "the writers were killed before they wrote";
  std::cout << reported.size() << " records in " << local.files << " files, " << local.half_lines
            << " half lines\n";
  for (auto const& each : fs::recursive_directory_iterator(folder.path())) {
    EXPECT_NE(each.path().extension(), ".tmp") << each.path();
  }
}

}  // namespace
}  // namespace moneta
