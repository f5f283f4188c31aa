// SPDX-License-Identifier: Apache-2.0
#include "run/status_lines.h"

#include <algorithm>
#include <sstream>
#include <utility>

#include "base/error.h"
#include "base/split_dates.h"
#include "base/text.h"
#include "base/time.h"
#include "telemetry/dates_events.h"
#include "telemetry/display/reading_text.h"

namespace moneta {
namespace {

constexpr double notable_silence_s = 60;
constexpr char const* how_to_resume = "`launch/train.sh CONFIG` resumes it";

std::string headline(StatusReport const& report) {
  RunStatus const& status = report.status;
  std::string const age = report.age_s
                              ? fmt::format("last written {} ago", duration_text(*report.age_s))
                              : "nothing written";
  switch (report.state) {
    case RunState::finished:
      return fmt::format("{}: not running: finished, {}", status.run, age);
    case RunState::stopped:
      return fmt::format("{}: not running: stopped on request and saved, {}; {}", status.run, age,
                         how_to_resume);
    case RunState::failed:
      return fmt::format("{}: not running: failed, {}. See '{}/'; {}", status.run, age,
                         (report.folder / "log").string(), how_to_resume);
    case RunState::killed:
      return fmt::format(
          "{}: not running: {} on {}, no clean shutdown recorded, probably killed; {}", status.run,
          age, status.host, how_to_resume);
    case RunState::unknown:
      return fmt::format("{}: state unknown (no status.json); logs and checkpoints: {}", status.run,
                         age);
    case RunState::starting:
    case RunState::running:
    case RunState::stopping:
      break;
  }
  return fmt::format("{}: {} on {}, process {}, {} {}, {}", status.run, to_string(status.state),
                     status.host, status.pid, status.ranks, status.ranks == 1 ? "rank" : "ranks",
                     age);
}

/// Appends `text`, wrapped between words. A word that is longer than a line is cut.
void add_wrapped(std::string const& text, std::size_t columns, std::vector<std::string>& lines) {
  std::istringstream words(text);
  std::string line;
  for (std::string word; words >> word;) {
    if (!line.empty() && width_of(line) + 1 + width_of(word) > columns) {
      lines.push_back(std::exchange(line, ""));
    }
    line = cut(line.empty() ? word : line + ' ' + word, columns);
  }
  lines.push_back(line);
}

std::vector<std::string> reading_lines(RunStatus const& status, std::size_t columns) {
  std::vector<std::string> lines;
  for (std::size_t rank = 0; rank < status.readings.size(); ++rank) {
    std::string const text = reading_text(status.readings[rank]);
    if (!text.empty()) lines.push_back(cut(fmt::format("rank {}: {}", rank, text), columns));
  }
  return lines;
}

std::vector<std::string> wrapped_dates(RunStatus const& status, std::size_t columns) {
  std::vector<std::string> lines;
  for (std::string const& line : dates_lines(known_dates(status.coins))) {
    add_wrapped(line, columns, lines);
  }
  return lines;
}

/// Seconds since a time on the clock of the machine that wrote the status.
double seconds_since(StatusReport const& report, std::int64_t time_ms) {
  double const before_s = static_cast<double>(report.status.written_ms - time_ms) / 1000;
  return std::max(0.0, before_s + report.age_s.value_or(0));
}

std::vector<std::string> event_lines(StatusReport const& report, std::size_t columns) {
  std::vector<std::string> lines;
  for (TimedEvent const& each : report.status.events) {
    lines.push_back(
        cut(fmt::format("{} ago  {}", duration_text(seconds_since(report, each.time_ms)),
                        event_line(each.event)),
            columns));
  }
  return lines;
}

}  // namespace

std::vector<std::string> status_lines(StatusReport const& report, TerminalSize const& terminal) {
  bool const is_running = report.state == RunState::running;
  std::vector<std::string> lines;
  add_wrapped(headline(report), terminal.columns, lines);
  double const silence_s = seconds_since(report, report.status.reported_ms);
  if (is_running && silence_s >= notable_silence_s) {
    add_wrapped(fmt::format("no rank has reported anything for {}", duration_text(silence_s)),
                terminal.columns, lines);
  }
  for (std::string const& note : report.notes) add_wrapped(note, terminal.columns, lines);
  // Two rows of the progress are always shown: a coin and the run.
  std::size_t const reserved = std::min<std::size_t>(terminal.rows, 2);
  lines.resize(std::min(lines.size(), terminal.rows - reserved));
  std::size_t free_rows = terminal.rows - lines.size();
  RunView view = view_of(report.status);
  if (!is_running) view.end();
  auto const progress = render_progress(view, is_running ? report.age_s.value_or(0) : 0,
                                        {terminal.columns, free_rows, terminal.unicode});
  lines.insert(lines.end(), progress.begin(), progress.end());
  free_rows -= progress.size();
  auto readings = reading_lines(report.status, terminal.columns);
  readings.resize(std::min(free_rows, is_running ? readings.size() : 0));
  lines.insert(lines.end(), readings.begin(), readings.end());
  free_rows -= readings.size();
  auto dates = wrapped_dates(report.status, terminal.columns);
  dates.resize(std::min(free_rows, dates.size()));
  lines.insert(lines.end(), dates.begin(), dates.end());
  free_rows -= dates.size();
  auto const events = event_lines(report, terminal.columns);
  auto const shown = static_cast<std::ptrdiff_t>(std::min(free_rows, events.size()));
  lines.insert(lines.end(), events.end() - shown, events.end());
  return lines;
}

}  // namespace moneta
