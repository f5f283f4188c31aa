// SPDX-License-Identifier: Apache-2.0
// Preloaded into a rank: SIGUSR2 makes it leave with status 0 and without a word to MPI, as a
// library that calls exit would.
#include <unistd.h>
#include <csignal>

namespace {

[[gnu::constructor]] void install() {
  std::signal(SIGUSR2, [](int) { _exit(0); });
}

}  // namespace
