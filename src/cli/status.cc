// SPDX-License-Identifier: Apache-2.0
#include <poll.h>

#include <csignal>
#include <cstdio>
#include <ctime>
#include <memory>
#include <string>

#include "base/clock.h"
#include "cli/commands.h"
#include "run/status_lines.h"
#include "run/status_report.h"
#include "telemetry/display/redrawn_lines.h"
#include "telemetry/display/terminal.h"

namespace moneta {
namespace {

constexpr std::time_t refresh_seconds = 2;
constexpr std::size_t columns_without_terminal = 110;
constexpr std::size_t unlimited_rows = 1'000'000;

volatile std::sig_atomic_t interrupted = 0;

/// While this exists, SIGINT and SIGTERM only set `interrupted`, and only inside `pause`, so that
/// no signal is lost between the check of `interrupted` and the wait.
class Interruptible {
 public:
  Interruptible() {
    sigset_t blocked;
    sigemptyset(&blocked);
    for (int const number : signals) sigaddset(&blocked, number);
    ::sigprocmask(SIG_BLOCK, &blocked, &mask_before_);
    struct sigaction action {};
    action.sa_handler = [](int) { interrupted = 1; };
    for (std::size_t i = 0; i < 2; ++i) ::sigaction(signals[i], &action, &before_[i]);
  }
  Interruptible(Interruptible const&) = delete;
  Interruptible& operator=(Interruptible const&) = delete;
  ~Interruptible() {
    for (std::size_t i = 0; i < 2; ++i) ::sigaction(signals[i], &before_[i], nullptr);
    ::sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
  }

  void pause() const {
    timespec const time{refresh_seconds, 0};
    sigset_t mask = mask_before_;
    for (int const number : signals) sigdelset(&mask, number);
    ::ppoll(nullptr, 0, &time, &mask);
  }

 private:
  static constexpr int signals[] = {SIGINT, SIGTERM};
  sigset_t mask_before_{};
  struct sigaction before_[2]{};
};

/// Hides the cursor while this exists; it would blink over the redrawn lines.
class HiddenCursor {
 public:
  HiddenCursor() { print_sequence("\x1b[?25l"); }
  HiddenCursor(HiddenCursor const&) = delete;
  HiddenCursor& operator=(HiddenCursor const&) = delete;
  ~HiddenCursor() { print_sequence("\x1b[?25h"); }

 private:
  static void print_sequence(char const* sequence) {
    std::fputs(sequence, stdout);
    std::fflush(stdout);
  }
};

void print(StatusReport const& report) {
  auto const window = terminal_window(::fileno(stdout));
  std::size_t const columns =
      window ? terminal_size(stdout, false).columns : columns_without_terminal;
  for (std::string const& line :
       status_lines(report, {columns, unlimited_rows, locale_is_utf8()})) {
    std::printf("%s\n", line.c_str());
  }
}

/// Redraws the status until the run ends or a signal arrives. Without a terminal, prints it once,
/// and once more at the end.
int watch(std::string const& run) {
  bool const draws = can_draw_on(stdout);
  Interruptible const signals;
  StatusReport report = make_status_report(run, system_clock_ms());
  auto const hidden = draws ? std::make_unique<HiddenCursor>() : nullptr;
  RedrawnLines lines(stdout);
  bool first = true;
  for (;; report = make_status_report(run, system_clock_ms())) {
    bool const over = report.state != RunState::running;
    if (draws) {
      TerminalSize const terminal = terminal_size(stdout, locale_is_utf8());
      lines.draw(status_lines(report, terminal), terminal.columns);
    } else if (first || over) {
      print(report);
      std::fflush(stdout);
    }
    first = false;
    if (over) return exit_status_of(report);
    signals.pause();
    if (interrupted != 0) return 0;
  }
}

}  // namespace

int status_command(StatusOptions const& options) {
  if (options.output == StatusOutput::watch) return watch(options.run);
  StatusReport const report = make_status_report(options.run, system_clock_ms());
  if (options.output == StatusOutput::json) {
    std::string const text =
        status_json(report).dump(2, ' ', false, Json::error_handler_t::replace);
    std::printf("%s\n", text.c_str());
  } else {
    print(report);
  }
  return exit_status_of(report);
}

}  // namespace moneta
