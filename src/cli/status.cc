// SPDX-License-Identifier: Apache-2.0
#include <poll.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <memory>
#include <string>

#include "base/clock.h"
#include "cli/commands.h"
#include "run/status_report.h"
#include "telemetry/display/redrawn_lines.h"
#include "telemetry/display/terminal.h"

namespace moneta {
namespace {

constexpr std::time_t seconds_between_looks = 2;
constexpr std::size_t columns_without_window = 110;
constexpr std::size_t endless = 1'000'000;

struct StatusArguments {
  std::string run;
  bool watch = false;
  bool json = false;
};

volatile std::sig_atomic_t interrupted = 0;

/// While it lives, SIGINT and SIGTERM only set `interrupted`, and only inside `pause`: none is lost
/// between a look at it and the wait.
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
    timespec const time{seconds_between_looks, 0};
    sigset_t mask = mask_before_;
    for (int const number : signals) sigdelset(&mask, number);
    ::ppoll(nullptr, 0, &time, &mask);
  }

 private:
  static constexpr int signals[] = {SIGINT, SIGTERM};
  sigset_t mask_before_{};
  struct sigaction before_[2]{};
};

/// The cursor would blink behind the picture.
class HiddenCursor {
 public:
  HiddenCursor() { say("\x1b[?25l"); }
  HiddenCursor(HiddenCursor const&) = delete;
  HiddenCursor& operator=(HiddenCursor const&) = delete;
  ~HiddenCursor() { say("\x1b[?25h"); }

 private:
  static void say(char const* sequence) {
    std::fputs(sequence, stdout);
    std::fflush(stdout);
  }
};

void print(StatusReport const& report) {
  auto const window = terminal_window(::fileno(stdout));
  std::size_t const columns =
      window ? terminal_size(stdout, false).columns : columns_without_window;
  for (std::string const& line : status_lines(report, {columns, endless, locale_is_utf8()})) {
    std::printf("%s\n", line.c_str());
  }
}

/// Until the run ends or somebody interrupts. Without a terminal: once, and once more at the end.
int watch(std::string const& run) {
  bool const draws = can_draw_on(stdout);
  Interruptible const signals;
  StatusReport report = look_at_run(run, system_clock_ms());
  auto const hidden = draws ? std::make_unique<HiddenCursor>() : nullptr;
  RedrawnLines lines(stdout);
  bool first = true;
  for (;; report = look_at_run(run, system_clock_ms())) {
    bool const over = report.verdict != Verdict::running;
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

int status(StatusArguments const& arguments) {
  if (arguments.watch) return watch(arguments.run);
  StatusReport const report = look_at_run(arguments.run, system_clock_ms());
  if (arguments.json) {
    std::string const text =
        status_json(report).dump(2, ' ', false, Json::error_handler_t::replace);
    std::printf("%s\n", text.c_str());
  } else {
    print(report);
  }
  return exit_status_of(report);
}

}  // namespace

void add_status(CLI::App& program, Command& chosen) {
  CLI::App* const command = program.add_subcommand(
      "status", "how a run is: alive or not, its progress, its devices, what happened last");
  command->footer(
      "Example:\n  moneta status runs/upbit8 --watch\n"
      "From any terminal, and any machine that shares the folder.\n"
      "Exit status: 0 running, finished or stopped, 3 there is no run, 4 a coin or the run failed\n"
      "or was killed.");
  auto const arguments = std::make_shared<StatusArguments>();
  command->add_option("RUN", arguments->run, "folder of a run, for example runs/upbit8")
      ->required();
  auto* const watch_flag = command->add_flag("--watch", arguments->watch,
                                             "look again every 2 s until the run ends or Ctrl-C");
  command->add_flag("--json", arguments->json, "for programs: status.json and a verdict")
      ->excludes(watch_flag);
  command->callback([arguments, &chosen] { chosen = [arguments] { return status(*arguments); }; });
}

}  // namespace moneta
