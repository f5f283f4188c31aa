// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "config/config.h"
#include "telemetry/record.h"
#include "telemetry/run_state.h"

namespace moneta {

/// Passes each record of a run to the RunView and then to all sinks: log files, alerts, terminal,
/// status.json, TensorBoard and Prometheus. It also applies the rules that watch the run. Not
/// thread-safe. After construction, no failure of a disk, a network or a terminal raises an
/// exception: it becomes an event.
class TelemetryFanout {
 public:
  /// `post` receives the events of the sinks themselves (such as a file that cannot be written),
  /// from the calling thread and from the threads of the log archive and the alerts, until `close`
  /// has returned. Throws Error (disk) if the logs cannot be written.
  TelemetryFanout(Config const& config, std::size_t ranks,
                  std::function<void(EventRecord)> const& post);
  TelemetryFanout(TelemetryFanout const&) = delete;
  TelemetryFanout& operator=(TelemetryFanout const&) = delete;
  ~TelemetryFanout();

  void on(EpochRecord const& record);
  void on(EventRecord const& record);
  void on(ProgressTick const& tick);
  void on(DeviceSample const& sample);
  /// Once all coins are loaded, reports the events `split_dates` and `test_parts_differ`.
  void on(SplitRecord const& record);

  /// To be called about once a second, whether or not records arrive.
  void tick();

  /// Reports the event `run_finished` and closes all sinks, which ends their threads. Later calls
  /// do nothing; later events still reach the log.
  void close(RunEnd const& end);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace moneta
