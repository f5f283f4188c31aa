// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

namespace moneta {

/// `unknown`: a run without a status.json. `killed`: a run that stopped writing its status.json,
/// which therefore never contains this state. From `stopped` on the run is over.
enum class RunState { unknown, starting, running, stopping, stopped, finished, failed, killed };
char const* to_string(RunState state);
/// The state with this name, or nothing.
std::optional<RunState> run_state_from_name(std::string_view name);
inline bool is_over(RunState state) { return state >= RunState::stopped; }

/// How a run ended.
struct RunEnd {
  int exit_status = 0;
  bool by_watchdog = false;  ///< a rank sent no heartbeat

  /// `finished`, `stopped` or `failed`; a run that its watchdog ended has failed.
  RunState state() const;
};

}  // namespace moneta
