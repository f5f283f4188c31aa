// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "telemetry/display/redrawn_lines.h"
#include "telemetry/run_view.h"
#include "telemetry/sink.h"

namespace moneta {

/// `bars`: one bar per coin with epoch, losses, sequences/s, and the ETA of the run, redrawn in
/// place at most 5 times a second, within the width of the window. `lines`: one line for each epoch
/// and each event that is meant for the terminal.
enum class ProgressStyle { bars, lines };

/// Shows the progress of a run on a terminal or in a file. The errors that end the run,
/// `run_failed` and `run_finished`, go to standard error instead: the reason, then the end. With
/// bars they follow when it is closed. If all ranks fail together, neither is shown, because the
/// program then prints both itself, as the last thing that it does.
class Progress final : public Sink {
 public:
  /// `run` must outlive this, and must be updated with a record before `on` is called with it.
  /// Where TERM is "dumb", bars become lines. `clock_s` is the monotonic clock of `run`.
  Progress(std::FILE* out, RunView const& run, ProgressStyle style,
           std::function<double()> clock_s = steady_clock_s);
  /// Draws the latest state, if it has not been drawn.
  ~Progress() override;

  void on(EpochRecord const& record) override;
  void on(EventRecord const& record) override;
  void on(ProgressTick const& tick) override;
  /// A reading is shown with the next redraw, if there is room for it, and never in lines.
  void on(DeviceSample const& sample) override;
  /// Leaves the final state on the screen and the cursor below it.
  void close(RunEnd const& end) override;

 private:
  void show_error(EventRecord const& record);
  void print(std::string const& line);
  void draw(std::string const& line_above = "");
  void draw_if_due();
  void draw_if_outdated();

  std::FILE* out_;
  RunView const& run_;
  bool const draws_;
  std::function<double()> const clock_s_;
  RedrawnLines lines_;
  bool const unicode_;
  std::vector<std::string> errors_;  // to show below the bars, when they are drawn no more
  bool program_prints_end_ = false;
  bool is_outdated_ = false;
  double drawn_s_ = -1e9;
};

}  // namespace moneta
