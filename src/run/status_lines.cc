// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <sstream>
#include <utility>

#include "base/error.h"
#include "base/time.h"
#include "run/status_report.h"

namespace moneta {
namespace {

constexpr double worth_saying_s = 60;  // without a report
constexpr char const* go_on = "`launch/train.sh CONFIG` goes on";

std::string headline(StatusReport const& report) {
  RunStatus const& status = report.status;
  std::string const ago = report.age_s
                              ? fmt::format("last written {} ago", duration_text(*report.age_s))
                              : "nothing written";
  std::string const logs = fmt::format("'{}/'", (report.folder / "log").string());
  switch (report.verdict) {
    case Verdict::running:
      return fmt::format("{}: {} on {}, process {}, {}{}{}", status.run, to_string(status.state),
                         status.host, status.pid, status.ranks,
                         status.ranks == 1 ? " rank, " : " ranks, ", ago);
    case Verdict::finished:
      return fmt::format("{}: not running: finished, {}", status.run, ago);
    case Verdict::stopped:
      return fmt::format("{}: not running: stopped on request and saved, {}; {}", status.run, ago,
                         go_on);
    case Verdict::failed:
      return fmt::format("{}: not running: failed, {}. See {}; {}", status.run, ago, logs, go_on);
    case Verdict::killed:
      return fmt::format("{}: not running: {} on {}. Killed? It did not say goodbye; {}",
                         status.run, ago, status.host, go_on);
    case Verdict::unknown:
      break;
  }
  return fmt::format(
      "{}: running or not, its folder does not say (no status.json of it). From its logs and checkpoints, {}",
      status.run, ago);
}

/// Broken between words; a longer word stays whole in its line and is cut.
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

/// Seconds on the clock of the run's machine since what it noted at `time_ms`.
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
  std::vector<std::string> lines;
  add_wrapped(headline(report), terminal.columns, lines);
  double const quiet_s = seconds_since(report, report.status.reported_ms);
  if (report.verdict == Verdict::running && quiet_s >= worth_saying_s) {
    add_wrapped(fmt::format("no rank has reported anything for {}", duration_text(quiet_s)),
                terminal.columns, lines);
  }
  for (std::string const& note : report.notes) add_wrapped(note, terminal.columns, lines);
  std::size_t const least = std::min<std::size_t>(terminal.rows, 2);  // a coin and the run
  lines.resize(std::min(lines.size(), terminal.rows - least));
  std::size_t room = terminal.rows - lines.size();
  bool const running = report.verdict == Verdict::running;
  RunView view = view_of(report.status);
  if (!running) view.end();
  auto const drawn = render_progress(view, running ? report.age_s.value_or(0) : 0,
                                     {terminal.columns, room, terminal.unicode});
  lines.insert(lines.end(), drawn.begin(), drawn.end());
  room -= drawn.size();
  auto readings = reading_lines(report.status, terminal.columns);
  readings.resize(std::min(room, running ? readings.size() : 0));
  lines.insert(lines.end(), readings.begin(), readings.end());
  room -= readings.size();
  auto const events = event_lines(report, terminal.columns);
  auto const shown = static_cast<std::ptrdiff_t>(std::min(room, events.size()));
  lines.insert(lines.end(), events.end() - shown, events.end());
  return lines;
}

}  // namespace moneta
