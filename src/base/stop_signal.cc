// SPDX-License-Identifier: Apache-2.0
#include "base/stop_signal.h"

#include <atomic>
#include <csignal>
#include <initializer_list>

namespace moneta {
namespace {

// Several threads read it, and a signal handler may only store to lock-free atomics.
std::atomic<bool> stop_flag{false};
static_assert(std::atomic<bool>::is_always_lock_free);

void set_stop_flag(int /*signal*/) { stop_flag.store(true, std::memory_order_relaxed); }

}  // namespace

void catch_stop_signals() {
  struct sigaction action {};
  action.sa_handler = set_stop_flag;
  action.sa_flags = SA_RESTART;  // system calls of the writer and of MPI continue
  sigemptyset(&action.sa_mask);
  for (int const signal : {SIGINT, SIGTERM, SIGUSR1}) sigaction(signal, &action, nullptr);
  struct sigaction hangup {};
  sigaction(SIGHUP, nullptr, &hangup);
  if (hangup.sa_handler != SIG_IGN) sigaction(SIGHUP, &action, nullptr);  // nohup ignores it
  std::signal(SIGPIPE, SIG_IGN);  // writing to a closed terminal is an error, not the end
}

bool stop_requested() { return stop_flag.load(std::memory_order_relaxed); }

}  // namespace moneta
