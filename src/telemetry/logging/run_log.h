// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>

#include "telemetry/logging/log_archive.h"
#include "telemetry/record.h"

namespace moneta {

/// The log files of a run, written by rank 0 through Boost.Log sinks: `epochs-<day>.jsonl` and
/// `events-<day>.jsonl` (local day; a later start of the day adds a number, see log_files.h) in
/// `folder`; one JSON object a line, "@timestamp" first, events with the ECS fields @timestamp,
/// log.level, message, event.action, and `labels` (coin, rank). Lines are flushed as they are
/// written. Of an epoch, losses and the learning rate have 6 significant digits, percentages 2 and
/// other numbers 3; memory is in whole MB. Finished files are looked after by a LogArchive. From
/// any thread.
class RunLog {
 public:
  /// `tell` takes the events of the archive and of the NotFiniteRule, and "log_not_written"
  /// (warning, once until lines can be written again), from the archive's thread and from that of
  /// `write`; it must not wait for the log, and be ready from now on until `stop_archive` has
  /// returned. Without it they are written to this log. Throws Error (disk) if the folder cannot be
  /// written; later on lines that cannot be written wait in memory, see DailyFile.
  explicit RunLog(std::filesystem::path const& folder, LogArchiveSettings const& settings = {},
                  std::function<void(EventRecord)> tell = {});
  RunLog(RunLog const&) = delete;
  RunLog& operator=(RunLog const&) = delete;
  ~RunLog();

  void write(EpochRecord const& record);
  void write(EventRecord const& record);
  std::size_t lost_lines() const;

  /// Waits until the archive has done what is to be done now; for tests and tools.
  void drain_archive();
  /// Waits for the file that the archive has at hand; after it the archive tells nothing. What is
  /// left to do is done at the next start.
  void stop_archive();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace moneta
