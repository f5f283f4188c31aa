// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "telemetry/record.h"

namespace moneta {

/// Whether an event is for people's eyes; most are for the log only. Of severity info only
/// "run_started", "run_resumed", "resumed" and "early_stop" are.
bool is_on_terminal(EventRecord const& record);

/// What people see of a run. On a TTY: one bar per coin with epoch, losses, sequences/s and the ETA
/// of the whole run, redrawn in place at most 5 times a second, no wider than the window.
/// Otherwise: one line per epoch and event that matters to people; "resumed" may tell in its
/// details `epoch` (epochs done) and `finished` (nothing is left to do).
class Progress {
 public:
  Progress(std::FILE* out, std::vector<std::string> coins, std::int64_t epochs, bool is_terminal);
  /// `clock_s`: seconds on a clock that only goes forward.
  Progress(std::FILE* out, std::vector<std::string> coins, std::int64_t epochs, bool is_terminal,
           std::function<double()> clock_s);
  Progress(Progress const&) = delete;
  Progress& operator=(Progress const&) = delete;
  ~Progress();

  void show(EpochRecord const& record);
  void show(EventRecord const& record);
  void show(ProgressTick const& tick);
  /// What a rank's device said last (see `reading_text`); shown with the next redraw where there is
  /// room, never in lines.
  void show_reading(std::size_t rank, Json const& reading);
  /// Leaves the last picture and the cursor below it.
  void close();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace moneta
