// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "run/run_status.h"
#include "telemetry/display/render_progress.h"

namespace moneta {

/// What can be told of a run from its folder.
enum class Verdict { running, finished, stopped, failed, killed, unknown };
char const* to_string(Verdict verdict);

/// A run as its folder shows it.
struct StatusReport {
  std::filesystem::path folder;
  RunStatus status;
  Verdict verdict = Verdict::unknown;  ///< unknown: there is no status.json
  std::optional<double> age_s;         ///< since something was last written
  std::vector<std::string> notes;      ///< what could not be read
};

/// Reads status.json; without one, or if it is damaged, the epoch logs, the index of checkpoints
/// and config.json. Throws Error (data) if there is no run in the folder.
StatusReport look_at_run(std::filesystem::path const& folder, std::int64_t local_clock_ms);

/// What people see of it: how it is, the picture of the progress, a line for each rank's device,
/// the last events; at most `rows` lines of at most `columns` columns.
std::vector<std::string> status_lines(StatusReport const& report, TerminalSize const& terminal);

/// The members of status.json, and "verdict", "age_seconds", "notes".
Json status_json(StatusReport const& report);

/// 0; 4 if a coin or the run failed or was killed.
int exit_status_of(StatusReport const& report);

}  // namespace moneta
