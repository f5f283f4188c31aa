// SPDX-License-Identifier: Apache-2.0
#include "telemetry/progress.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "telemetry/picture.h"
#include "telemetry/read_record.h"
#include "telemetry/run_view.h"
#include "telemetry/terminal.h"

namespace moneta {
namespace {

constexpr double seconds_between_redraws = 0.2;

double steady_clock_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string variable(char const* name) {
  char const* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// The program does not set a locale, so the variables are asked in the order that C does it.
bool locale_is_utf8() {
  for (char const* const name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    std::string value = variable(name);
    if (value.empty()) continue;
    std::transform(value.begin(), value.end(), value.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return value.find("utf-8") != std::string::npos || value.find("utf8") != std::string::npos;
  }
  return false;
}

/// Most events are for the log only.
bool matters_to_people(EventRecord const& record) {
  static constexpr std::array<std::string_view, 4> actions = {"run_started", "run_resumed",
                                                              "resumed", "early_stop"};
  return record.severity != Severity::info ||
         std::find(actions.begin(), actions.end(), record.action) != actions.end();
}

}  // namespace

Json to_json(ProgressTick const& tick) {
  return {{"coin", tick.coin},
          {"rank", tick.rank},
          {"epoch", tick.epoch},
          {"fraction", tick.fraction},
          {"train_loss", number_or_null(tick.train_loss)},
          {"sequences_per_second", number_or_null(tick.sequences_per_second)}};
}

ProgressTick progress_tick_from(Json const& json) {
  return read_record("a progress tick", json, [&] {
    ProgressTick tick;
    json.at("coin").get_to(tick.coin);
    json.at("rank").get_to(tick.rank);
    json.at("epoch").get_to(tick.epoch);
    json.at("fraction").get_to(tick.fraction);
    tick.train_loss = number_from(json.at("train_loss"));
    tick.sequences_per_second = number_from(json.at("sequences_per_second"));
    return tick;
  });
}

struct Progress::State {
  std::FILE* out;
  bool draws;
  std::function<double()> clock_s;
  RunView run;
  bool unicode = locale_is_utf8();
  bool dirty = false;
  double drawn_s = -1e9;
  std::vector<std::size_t> drawn_widths = {};  ///< of the lines above the cursor

  Canvas canvas() const;
  void print(std::string const& line);
  std::string back_to_top(std::size_t columns) const;
  void draw(std::string const& line_above = "");
  void draw_if_due();
};

/// One column less than the window has (a full line would leave the cursor undecided), and one row
/// less, for the cursor.
Canvas Progress::State::canvas() const {
  auto const window = terminal_window(::fileno(out)).value_or(TerminalWindow{});
  return {std::max<std::size_t>(window.columns, 2) - 1, std::max<std::size_t>(window.rows, 2) - 1,
          unicode};
}

void Progress::State::print(std::string const& line) {
  std::fwrite(line.data(), 1, line.size(), out);
  std::fflush(out);
}

/// To the first line of the picture. In a window that has become narrower its lines are folded.
std::string Progress::State::back_to_top(std::size_t columns) const {
  std::size_t rows = 0;
  for (std::size_t const width : drawn_widths) {
    rows += std::max<std::size_t>(1, (width + columns) / (columns + 1));
  }
  return rows == 0 ? "" : cat("\x1b[", rows, "A");
}

void Progress::State::draw(std::string const& line_above) {
  Canvas const now = canvas();
  std::string text = back_to_top(now.columns) + "\r";
  if (!line_above.empty()) text += "\x1b[J" + line_above + "\n";
  drawn_widths.clear();
  for (std::string const& line : picture(run, clock_s(), now)) {
    text += line + "\x1b[K\n";
    drawn_widths.push_back(width_of(line));
  }
  print(text + "\x1b[J");
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
    : state_(std::make_unique<State>(State{out, is_terminal && variable("TERM") != "dumb", clock_s,
                                           RunView(coins, epochs, clock_s())})) {}

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
  if (!matters_to_people(record)) return;
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

void Progress::close() {
  if (state_->draws && state_->dirty) state_->draw();
}

}  // namespace moneta
