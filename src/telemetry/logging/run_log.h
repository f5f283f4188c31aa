// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>

#include "telemetry/logging/log_archive.h"
#include "telemetry/sink.h"

namespace moneta {

/// The log files of a run, which rank 0 writes: `epochs-<day>.jsonl` and `events-<day>.jsonl` in
/// `folder`, with one JSON object per line (see log_line.h). The day is the local one, and a later
/// start on the same day adds a number (see log_files.h). Each line is flushed when it is written.
/// A LogArchive takes care of finished files. May be used from any thread.
class RunLog : public Sink {
 public:
  /// `report` receives the events of the archive, those of the NotFiniteRule, and "log_not_written"
  /// (warning, once until lines can be written again). It is called from the thread of the archive
  /// and from the threads that call `on`, from now on until `close` has returned; it must not wait
  /// for the log. Without it, these events are written to this log. Throws Error (disk) if the
  /// folder cannot be written. Afterwards, lines that cannot be written wait in memory (see
  /// DailyFile).
  explicit RunLog(std::filesystem::path const& folder, LogArchiveSettings const& settings = {},
                  std::function<void(EventRecord)> report = {});
  RunLog(RunLog const&) = delete;
  RunLog& operator=(RunLog const&) = delete;
  ~RunLog() override;  ///< ends the archive as `close` does

  using Sink::on;
  void on(EpochRecord const& record) override;
  void on(EventRecord const& record) override;
  /// Ends the archive after the file that it is working on; the next start does the rest. The log
  /// still accepts records, because other sinks may report events while they are closed.
  void close(RunEnd const& end) override;

  std::size_t lost_lines() const;
  /// Waits until the archive has nothing left to do; for tests and tools.
  void drain_archive();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace moneta
