// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>

#include "telemetry/daily_file.h"
#include "telemetry/record.h"

namespace moneta {

/// The log files of a run, written by rank 0 through Boost.Log sinks: `epochs-<day>.jsonl` and
/// `events-<day>.jsonl` (local day) in `folder`; one JSON object a line, "@timestamp" first, events
/// with the ECS fields
/// @timestamp, log.level, message, event.action, and `labels` (coin, rank). Lines are flushed as
/// they are written. Throws Error (disk) if the folder cannot be written; later on a line that
/// cannot be written is lost and counted, and the run goes on.
class RunLog {
 public:
  explicit RunLog(std::filesystem::path const& folder);
  RunLog(std::filesystem::path const& folder, ClockMs const& clock);
  RunLog(RunLog const&) = delete;
  RunLog& operator=(RunLog const&) = delete;
  ~RunLog();

  void write(EpochRecord const& record);
  void write(EventRecord const& record);
  std::size_t lost_lines() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace moneta
