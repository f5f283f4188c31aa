// SPDX-License-Identifier: Apache-2.0
#include "telemetry/display/progress.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "telemetry/display/redrawn_lines.h"
#include "telemetry/display/render_progress.h"
#include "telemetry/run_view.h"

namespace moneta {
namespace {

constexpr double seconds_between_redraws = 0.2;

}  // namespace

bool is_on_terminal(EventRecord const& record) {
  static constexpr std::array<std::string_view, 4> actions = {"run_started", "run_resumed",
                                                              "resumed", "early_stop"};
  return record.severity != Severity::info ||
         std::find(actions.begin(), actions.end(), record.action) != actions.end();
}

struct Progress::State {
  std::FILE* out;
  bool draws;
  std::function<double()> clock_s;
  RunView run;
  RedrawnLines lines;
  bool unicode = locale_is_utf8();
  bool dirty = false;
  double drawn_s = -1e9;

  void print(std::string const& line);
  void draw(std::string const& line_above = "");
  void draw_if_due();
};

void Progress::State::print(std::string const& line) {
  std::fwrite(line.data(), 1, line.size(), out);
  std::fflush(out);
}

void Progress::State::draw(std::string const& line_above) {
  TerminalSize const terminal = terminal_size(out, unicode);
  lines.draw(render_progress(run, clock_s(), terminal), terminal.columns, line_above);
  drawn_s = clock_s();
  dirty = false;
}

void Progress::State::draw_if_due() {
  dirty = true;
  if (clock_s() - drawn_s >= seconds_between_redraws) draw();
}

Progress::Progress(std::FILE* out, std::vector<std::string> coins, std::int64_t epochs,
                   bool is_terminal)
    : Progress(out, std::move(coins), epochs, is_terminal, steady_clock_s) {}

Progress::Progress(std::FILE* out, std::vector<std::string> coins, std::int64_t epochs,
                   bool is_terminal, std::function<double()> clock_s)
    : state_(std::make_unique<State>(State{out, is_terminal && !terminal_is_dumb(), clock_s,
                                           RunView(coins, epochs, clock_s()), RedrawnLines(out)})) {
}

Progress::~Progress() { close(); }

void Progress::show(EpochRecord const& record) {
  state_->run.take(record);
  if (state_->draws) {
    state_->draw_if_due();
  } else {
    state_->print(epoch_line(record, state_->run) + "\n");
  }
}

void Progress::show(EventRecord const& record) {
  state_->run.take(record);
  if (!is_on_terminal(record)) return;
  if (state_->draws) {
    state_->draw(event_line(record));
  } else {
    state_->print(event_line(record) + "\n");
  }
}

void Progress::show(ProgressTick const& tick) {
  state_->run.take(tick, state_->clock_s());
  if (state_->draws) state_->draw_if_due();
}

void Progress::show_reading(std::size_t rank, Json const& reading) {
  state_->run.take_reading(rank, reading_text(reading));
  if (state_->draws) state_->dirty = true;  // the next redraw has it; a reading alone causes none
}

void Progress::close() {
  if (state_->draws && state_->dirty) state_->draw();
}

}  // namespace moneta
