// SPDX-License-Identifier: Apache-2.0
#include "base/stop_signal.h"

#include <csignal>
#include <initializer_list>

namespace moneta {
namespace {

volatile std::sig_atomic_t stop_flag = 0;

void set_stop_flag(int /*signal*/) { stop_flag = 1; }

}  // namespace

void catch_stop_signals() {
  struct sigaction action {};
  action.sa_handler = set_stop_flag;
  action.sa_flags = SA_RESTART;  // system calls of the writer and of MPI continue
  sigemptyset(&action.sa_mask);
  for (int const signal : {SIGINT, SIGTERM, SIGUSR1}) sigaction(signal, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);  // writing to a closed terminal is an error, not the end
}

bool stop_requested() { return stop_flag != 0; }

}  // namespace moneta
