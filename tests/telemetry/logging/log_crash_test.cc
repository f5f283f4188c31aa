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

constexpr std::int64_t begin_ms = 1'795'575'600'000;

LogArchiveSettings settings(fs::path const& folder, ClockMs clock) {
  LogArchiveSettings settings;
  settings.keep_days = 36500;
  settings.backup_folder = folder / "backup";
  settings.run_name = "run";
  settings.clock = std::move(clock);
  return settings;
}

/// Writes records from `first` on, as fast as it can, and says the number of each once it is
/// written. Its clock goes an hour with every 40 records, so that midnights come and files are
/// compressed and copied all the time. Ends only by being killed.
[[noreturn]] void write_records(fs::path const& folder, std::uint32_t first, int pipe) {
  std::atomic<std::int64_t> number = first;
  RunLog log(folder / "log", settings(folder, [&] { return begin_ms + number / 40 * hour_ms; }));
  EpochRecord record;
  record.coin = "KRW-BTC";
  for (std::uint32_t i = first;; ++i) {
    number = i;
    record.update = i;
    log.write(record);
    if (::write(pipe, &i, sizeof i) != sizeof i) ::_exit(1);
  }
}

/// Starts a writer and kills it at a random instant; the number of its last record that it knew to
/// be written, or first - 1.
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
  for (std::uint32_t said = 0; ::read(ends[0], &said, sizeof said) == sizeof said; last = said) {
    EXPECT_EQ(said, last + 1);
  }
  ::close(ends[0]);
  killer.join();
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
  return last;
}

struct Contents {
  std::vector<std::uint8_t> times;  ///< that each record is there
  std::size_t files = 0, half_lines = 0;
};

/// What a reader finds. A line that does not parse may be the last of its file and nothing else.
Contents read_all(fs::path const& folder, std::size_t records) {
  Contents all{std::vector<std::uint8_t>(records + 1000), 0, 0};
  for (LogFile const& file : log_files(folder, "epochs")) {
    bool ended = false;
    ++all.files;
    read_log(file, [&](std::string_view line) {
      EXPECT_FALSE(ended) << "a line after one that does not parse in " << file.path;
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

/// The numbers of records that were said to be written: every one must be there once. One more at
/// the end of each writer may be, but not twice.
void expect_all(Contents const& all, std::vector<bool> const& said) {
  std::vector<std::size_t> missing, repeated;
  for (std::size_t i = 0; i < all.times.size(); ++i) {
    if (all.times[i] > 1) repeated.push_back(i);
    if (all.times[i] == 0 && i < said.size() && said[i]) missing.push_back(i);
  }
  EXPECT_TRUE(missing.empty()) << missing.size() << " are missing, the first is " << missing[0];
  EXPECT_TRUE(repeated.empty()) << repeated.size() << " are repeated, the first is " << repeated[0];
}

TEST(LogCrash, AWriterThatIsKilledLosesNothingItKnewToBeWritten) {
  FreshFolder const folder;
  auto const seed = std::random_device{}();
  std::cout << "seed " << seed << '\n';
  std::mt19937 random(seed);
  std::vector<bool> said;
  std::size_t const rounds = tries(50, 1000);
  for (std::size_t round = 1; round <= rounds; ++round) {
    auto const first = static_cast<std::uint32_t>(said.size());
    std::uint32_t const last = kill_a_writer(folder.path(), first, random);
    said.resize(last + 1, true);
    said.resize(last + 3, false);  // a record may be written whose number was not said
    if (round % 10 == 0) expect_all(read_all(folder / "log", said.size()), said);
  }

  std::int64_t const later_ms =
      begin_ms + static_cast<std::int64_t>(said.size()) / 40 * hour_ms + 48 * hour_ms;
  RunLog after(folder / "log", settings(folder.path(), [&] { return later_ms; }));
  after.drain_archive();
  Contents const here = read_all(folder / "log", said.size());
  expect_all(here, said);
  expect_all(read_all(folder / "backup/run", said.size()), said);
  std::size_t plain = 0;
  for (LogFile const& file : log_files(folder / "log", "epochs")) plain += file.compressed ? 0 : 1;
  EXPECT_EQ(plain, 1u) << "that of `after`; the others are compressed, and copied";
  EXPECT_GT(said.size(), rounds * 10) << "the writers were killed before they wrote";
  std::cout << said.size() << " records in " << here.files << " files, " << here.half_lines
            << " half lines\n";
  for (auto const& each : fs::recursive_directory_iterator(folder.path())) {
    EXPECT_NE(each.path().extension(), ".tmp") << each.path();
  }
}

}  // namespace
}  // namespace moneta
