// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <deque>
#include <filesystem>
#include <functional>
#include <string>

#include "base/clock.h"
#include "run/run_status.h"
#include "telemetry/sink.h"

namespace moneta {

/// Writes `status.json` of a run, for `moneta status` and other programs: at most every two
/// seconds, and at the end. The file is replaced by a rename, so readers see the old or the new
/// version, and it is not synced. Nothing throws: a file that cannot be written is the event
/// `status_not_written` until it is written again. Meanwhile the time of the old file is updated,
/// so that the run does not appear to be dead.
class StatusFile final : public Sink {
 public:
  /// Writes the file with the state `starting`. `view` must outlive this, and must be updated with
  /// a record before `on` is called with it. `on_failure` must not call this. `clock_s` is the
  /// monotonic clock of `view`.
  StatusFile(std::filesystem::path path, std::string run, std::size_t ranks, RunView const& view,
             std::function<void(EventRecord)> on_failure, ClockMs clock_ms = system_clock_ms,
             std::function<double()> clock_s = steady_clock_s);
  /// Without `close`, the run has failed.
  ~StatusFile() override;

  void on(EpochRecord const& record) override;
  void on(EventRecord const& record) override;
  void on(ProgressTick const& tick) override;
  void on(DeviceSample const& sample) override;

  /// The run was asked to stop. Writes the file immediately.
  void stop();

  /// Writes the file if it is due. A file that is older than `status_silence_s` belongs to a run
  /// that was killed, so this must be called at least every five seconds.
  void tick() override;

  /// Writes the final state. Later calls do nothing.
  void close(RunEnd const& end) override;

 private:
  void note_training();
  void write();
  std::string try_to_write();

  std::filesystem::path const path_;
  RunView const& view_;
  std::function<void(EventRecord)> const on_failure_;
  ClockMs const clock_ms_;
  std::function<double()> const clock_s_;
  RunStatus status_;
  std::deque<TimedEvent> events_;
  double written_s_ = 0;
  bool is_closed_ = false, is_failing_ = false;
};

/// A run that is alive has written its status within this time.
inline constexpr double status_silence_s = 15;

}  // namespace moneta
