// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "telemetry/record.h"

namespace moneta {

struct LogArchiveSettings {
  std::int64_t keep_days = 30;  ///< after the day of its name a file stays for so many days
  bool compress = true;
  std::optional<std::filesystem::path> backup_folder;  ///< copies go to <backup_folder>/<run_name>
  std::string run_name;
  ClockMs clock = system_clock_ms;
  std::chrono::milliseconds retry_after = std::chrono::minutes(10);  ///< if something failed
};

/// Looks after the log files of a folder in a thread of its own. Those of yesterday and before
/// that are not being written are compressed, copied to the backup and, when they are too old,
/// deleted; with a backup none is deleted before its copy is there. It touches files that
/// log_files.h names, and its own temporaries (such a name and `.gz.tmp`), and nothing else.
/// Killed at any instant, it loses nothing: the next one goes on.
///
/// What it did and what failed are events: "log_rotated" (info; at most 100 files in one) and
/// "log_archive_failed" (warning; one for compressing, copying or deleting, however many files it
/// concerns, until that has worked again).
class LogArchive {
 public:
  /// Does nothing before the first `wake`. `tell` is called in the archive's thread; it should not
  /// wait for the archive, and must be ready until `stop` has returned.
  LogArchive(std::filesystem::path folder, LogArchiveSettings settings,
             std::function<void(EventRecord)> tell);
  LogArchive(LogArchive const&) = delete;
  LogArchive& operator=(LogArchive const&) = delete;
  ~LogArchive();

  /// Says which file of a kind is written from now on, before it is made. Returns at once.
  void now_writes(std::string_view kind, std::string const& file_name);
  /// Lets the thread look at the folder. Returns at once.
  void wake();
  /// Waits until the folder has been looked at after every `wake` so far, or `stop`.
  void drain();
  /// Waits for the file at hand, no more; afterwards no event is told. May be called twice.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace moneta
