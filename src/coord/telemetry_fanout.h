// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "config/config.h"
#include "coord/rank_message.h"

namespace moneta {

/// Who ended a run: its ranks, or the watchdog, because one of them gave no sign of life.
enum class RunEnd { by_itself, by_watchdog };

/// Everything that rank 0 tells of a run: log files, the terminal, status.json, TensorBoard,
/// Prometheus, alerts; and the rules that watch it. For one thread. After it was made nothing
/// throws for a disk, a network or a terminal: such a failure is an event.
class TelemetryFanout {
 public:
  /// `later` takes events that other threads have (those of the log's archive, of alerts), from
  /// these threads, until `close` has returned. Throws Error (disk) if the logs cannot be written.
  TelemetryFanout(Config const& config, std::size_t ranks, std::function<void(EventRecord)> later);
  TelemetryFanout(TelemetryFanout const&) = delete;
  TelemetryFanout& operator=(TelemetryFanout const&) = delete;
  ~TelemetryFanout();

  void take(EpochRecord const& record);
  void take(EventRecord const& record);
  void take(ProgressTick const& tick);
  void take(DeviceSample const& report);

  /// To be called about once a second, also when nothing arrives.
  void tick();

  /// The last event, then the end of all threads. `exit_status` is that of the run.
  void close(int exit_status, RunEnd how);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace moneta
