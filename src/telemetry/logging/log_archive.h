// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "config/config.h"
#include "telemetry/record.h"

namespace moneta {

/// The section `log` of the configuration, and what it does not contain.
struct LogArchiveSettings : LogConfig {
  std::string run_name;  ///< copies go to <backup_folder>/<run_name>
  ClockMs clock = system_clock_ms;
  std::chrono::milliseconds retry_after = std::chrono::minutes(10);  ///< after a failure
};

/// Compresses, copies and deletes the log files of a folder in a thread of its own ("log_archive").
/// Files of past days that are no longer written are compressed, copied to the backup folder, and
/// deleted when they are too old; if there is a backup folder, no file is deleted before it has
/// been copied. Only files with the names in log_files.h and the temporaries of this class (such a
/// name with `.gz.tmp`) are changed. If the process is killed at any instant, nothing is lost, and
/// the next archive completes the work.
///
/// It reports the events "log_rotated" (info; at most 100 files each) and "log_archive_failed"
/// (warning; one for listing, compressing, copying and deleting each, however many files it
/// concerns, until that succeeds again).
class LogArchive {
 public:
  /// Does nothing before the first `wake`. `report` is called in the thread of the archive until
  /// `stop` has returned; it must not wait for the archive.
  LogArchive(std::filesystem::path folder, LogArchiveSettings settings,
             std::function<void(EventRecord)> report);
  LogArchive(LogArchive const&) = delete;
  LogArchive& operator=(LogArchive const&) = delete;
  ~LogArchive();

  /// Sets the file of a kind that is written from now on; to be called before it is created. Does
  /// not wait.
  void now_writes(std::string_view kind, std::string const& file_name);
  /// Makes the thread process the folder. Does not wait.
  void wake();
  /// Waits until the folder has been processed after every `wake` so far, or until `stop`.
  void drain();
  /// Ends the thread after the file that it is working on; afterwards no event is reported. Further
  /// calls do nothing.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace moneta
