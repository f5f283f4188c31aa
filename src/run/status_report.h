// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "run/run_status.h"

namespace moneta {

/// What the folder of a run shows about it.
struct StatusReport {
  std::filesystem::path folder;
  RunStatus status;  ///< as it was last written
  /// The state now: `running`, `stopped`, `finished`, `failed` or `killed`; `unknown` without a
  /// valid status.json.
  RunState state = RunState::unknown;
  std::optional<double> age_s;     ///< since something was last written
  std::vector<std::string> notes;  ///< errors of files that could not be read
};

/// Reads status.json. If it is missing or damaged, the status is recovered from the epoch logs, the
/// checkpoint index and config.json. `local_clock_ms` is the time of the system clock. Throws Error
/// (data) if the folder does not contain a run.
StatusReport make_status_report(std::filesystem::path const& folder, std::int64_t local_clock_ms);

/// The members of status.json, and "verdict" (the state now), "age_seconds" and "notes".
Json status_json(StatusReport const& report);

/// 0, or the exit status of ErrorKind::training if the run or a coin failed, or the run was killed.
int exit_status_of(StatusReport const& report);

}  // namespace moneta
