// SPDX-License-Identifier: Apache-2.0
#include "telemetry/run_state.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/error.h"

namespace moneta {
namespace {

constexpr std::array<char const*, 8> names = {"unknown", "starting", "running", "stopping",
                                              "stopped", "finished", "failed",  "killed"};

}  // namespace

char const* to_string(RunState state) { return names.at(static_cast<std::size_t>(state)); }

std::optional<RunState> run_state_from_name(std::string_view name) {
  auto const found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return {};
  return static_cast<RunState>(found - names.begin());
}

RunState RunEnd::state() const {
  if (by_watchdog) return RunState::failed;
  if (exit_status == 0) return RunState::finished;
  return exit_status == exit_stopped ? RunState::stopped : RunState::failed;
}

}  // namespace moneta
