// SPDX-License-Identifier: Apache-2.0
#include "base/stop_signal.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>

namespace moneta {
namespace {

/// Handlers concern the whole process, so each case runs in a child, whose exit status is 1 after a
/// stop was requested and 0 otherwise.
[[noreturn]] void receive(int signal, void (*disposition_before)(int)) {
  std::signal(signal, disposition_before);
  catch_stop_signals();
  if (stop_requested()) _exit(2);
  std::raise(signal);
  _exit(stop_requested() ? 1 : 0);
}

struct SignalCase {
  char const* name;
  int signal;
  void (*disposition_before)(int);
  int exit_status;
};

class StopSignal : public testing::TestWithParam<SignalCase> {};

TEST_P(StopSignal, RequestsAStopOrIsIgnored) {
  SignalCase const& each = GetParam();
  EXPECT_EXIT(receive(each.signal, each.disposition_before),
              testing::ExitedWithCode(each.exit_status), "");
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, StopSignal, testing::ValuesIn(std::vector<SignalCase>{
    {"Interrupt",           SIGINT,  SIG_DFL, 1},
    {"Terminate",           SIGTERM, SIG_DFL, 1},
    {"User",                SIGUSR1, SIG_DFL, 1},
    {"LostTerminal",        SIGHUP,  SIG_DFL, 1},
    {"LostTerminalOfNohup", SIGHUP,  SIG_IGN, 0},
    {"BrokenPipe",          SIGPIPE, SIG_DFL, 0},
}), [](auto const& each) { return each.param.name; });
// clang-format on

}  // namespace
}  // namespace moneta
