// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>

#include "checkpoint/index.h"
#include "config/config.h"
#include "coord/rank_message.h"
#include "telemetry/run_state.h"

namespace moneta {

/// Handles the messages of all ranks on rank 0: passes telemetry to the fan-out and adds saved
/// checkpoints to the index. It works in a thread of its own, so that training on rank 0 never
/// waits for a file. After construction nothing throws: a failure becomes an event or, if even the
/// log cannot be written, a line on standard error.
class Rank0Service {
 public:
  /// Opens the logs and starts the thread. Throws Error (disk) if the logs cannot be written.
  Rank0Service(Config const& config, CheckpointIndex index, std::size_t ranks);
  Rank0Service(Rank0Service const&) = delete;
  Rank0Service& operator=(Rank0Service const&) = delete;
  ~Rank0Service();

  /// Queues a message and returns at once. A RankStage is that of rank 0. If 10,000 messages wait,
  /// progress ticks and device samples are dropped. May be called from any thread.
  void deliver(RankMessage message);

  /// To be called often by rank 0's training thread. Without heartbeats, rank 0 is reported as
  /// stalled, and after `run.watchdog_minutes` its process ends with status 75.
  void record_heartbeat() noexcept;

  /// Handles all queued messages and ends the thread. Returns false if the index could not be
  /// written: then a resumed run does not know the latest checkpoints, although they are on disk.
  bool drain();

  /// Drains, reports the end of the run and closes all sinks. Nothing may be delivered afterwards.
  void close(RunEnd const& end);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace moneta
