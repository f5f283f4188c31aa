// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "run/run_status.h"
#include "telemetry/record.h"

namespace moneta {

/// `status.json` of a run, for `moneta status` and whoever else looks on from outside. Rank 0's
/// collector feeds it. It appears whole or not at all and is not synced: at most every two seconds,
/// and at the end. From the collector's thread only. Nothing throws: a file that cannot be
/// written is the event "status_not_written" (warning) until it is written again; the old one is
/// stamped with the time, as a sign of life.
class StatusFile {
 public:
  /// What does not change during the run.
  struct Run {
    std::string name;
    std::vector<std::string> coins;
    std::int64_t epochs = 0;
    std::size_t ranks = 1;
  };

  /// Writes the file at once, state `starting`. `on_failure` may not call this.
  StatusFile(std::filesystem::path path, Run run, std::function<void(EventRecord)> on_failure);
  /// `clock_ms`: the system's clock, `clock_s`: seconds on one that only goes forward.
  StatusFile(std::filesystem::path path, Run run, std::function<void(EventRecord)> on_failure,
             std::function<std::int64_t()> clock_ms, std::function<double()> clock_s);
  StatusFile(StatusFile const&) = delete;
  StatusFile& operator=(StatusFile const&) = delete;
  /// Without `close` before it the run has failed.
  ~StatusFile();

  void take(EpochRecord const& record);
  void take(EventRecord const& record);
  void take(ProgressTick const& tick);
  /// An object, empty if the rank's device says nothing.
  void take_reading(std::size_t rank, Json reading);

  /// The run was asked to stop; written at once.
  void stop();

  /// Writes the file if that is due. To be called at least every five seconds, reports or not: a
  /// file older than `status_silence_s` is one of a run that was killed.
  void tick();

  /// Writes how it ended (stopped, finished or failed) for good.
  void close(RunState end);

 private:
  void note_report();
  void write();
  std::string try_to_write();

  std::filesystem::path const path_;
  std::function<void(EventRecord)> const on_failure_;
  std::function<std::int64_t()> const clock_ms_;
  std::function<double()> const clock_s_;
  RunStatus status_;
  RunView view_;
  std::deque<TimedEvent> events_;
  double written_s_ = 0;
  bool closed_ = false, failing_ = false;
};

/// A run that is alive has written its status within this time.
inline constexpr double status_silence_s = 15;

}  // namespace moneta
