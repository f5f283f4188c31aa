// SPDX-License-Identifier: Apache-2.0
#include "telemetry/display/progress.h"

#include <utility>

#include "base/log.h"
#include "telemetry/display/render_progress.h"

namespace moneta {
namespace {

constexpr double seconds_between_redraws = 0.2;

}  // namespace

Progress::Progress(std::FILE* out, RunView const& run, ProgressStyle style,
                   std::function<double()> clock_s)
    : out_(out),
      run_(run),
      draws_(style == ProgressStyle::bars && !terminal_is_dumb()),
      clock_s_(std::move(clock_s)),
      lines_(out),
      unicode_(locale_is_utf8()) {}

Progress::~Progress() { draw_if_outdated(); }

void Progress::on(EpochRecord const& record) {
  if (draws_) {
    draw_if_due();
  } else {
    print(epoch_line(record, run_));
  }
}

void Progress::on(EventRecord const& record) {
  if (!is_on_terminal(record)) return;
  bool const ends_run = record.event == Event::run_failed || record.event == Event::run_finished;
  if (ends_run && record.severity == Severity::error) {
    show_error(record);
  } else if (draws_) {
    draw(event_line(record));
  } else {
    print(event_line(record));
  }
}

void Progress::show_error(EventRecord const& record) {
  if (record.event == Event::run_failed && record.details.value("all_ranks", false)) {
    program_prints_end_ = true;
  }
  if (program_prints_end_) return;
  if (draws_) {
    errors_.push_back(record.message);
  } else {
    log_error(record.message);
  }
}

void Progress::on(ProgressTick const& /*tick*/) {
  if (draws_) draw_if_due();
}

void Progress::on(DeviceSample const& /*sample*/) {
  if (draws_) is_outdated_ = true;
}

void Progress::close(RunEnd const& /*end*/) {
  draw_if_outdated();
  for (std::string const& message : std::exchange(errors_, {})) log_error(message);
}

void Progress::print(std::string const& line) {
  std::fwrite(line.data(), 1, line.size(), out_);
  std::fputc('\n', out_);
  std::fflush(out_);
}

void Progress::draw(std::string const& line_above) {
  TerminalSize const terminal = terminal_size(out_, unicode_);
  lines_.draw(render_progress(run_, clock_s_(), terminal), terminal.columns, line_above);
  drawn_s_ = clock_s_();
  is_outdated_ = false;
}

void Progress::draw_if_due() {
  is_outdated_ = true;
  if (clock_s_() - drawn_s_ >= seconds_between_redraws) draw();
}

void Progress::draw_if_outdated() {
  if (draws_ && is_outdated_) draw();
}

}  // namespace moneta
