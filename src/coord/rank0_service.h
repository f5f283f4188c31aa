// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

#include "checkpoint/index.h"
#include "config/config.h"
#include "coord/rank_message.h"
#include "coord/telemetry_fanout.h"

namespace moneta {

/// Rank 0's desk: what is told of the run and the index of checkpoints, in a thread of its own, so
/// that training on rank 0 never waits for a file. Never throws after it was made: what fails is an
/// event, or, if even the log cannot be written, a line on standard error.
class Rank0Service {
 public:
  /// Opens the logs. Throws Error (disk) if they cannot be written.
  Rank0Service(Config const& config, CheckpointIndex index, std::size_t ranks);
  Rank0Service(Rank0Service const&) = delete;
  Rank0Service& operator=(Rank0Service const&) = delete;
  ~Rank0Service();

  /// Takes a report; returns at once.
  void deliver(RankMessage report);
  /// Rank 0's training is alive; to be called often. Without it rank 0 is told to be stalled, and
  /// after `run.watchdog_minutes` its process ends with status 75.
  void send_heartbeat() noexcept;
  /// Works off what was delivered. Returns false if the index could not be written: what was saved
  /// last is on disk but not known to a resumed run.
  bool settle();
  /// Tells the end of the run; nothing may be delivered any more.
  void close(int exit_status, RunEnd how);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace moneta
