// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "telemetry/record.h"
#include "telemetry/run_view.h"

namespace moneta {

/// `unknown`: a run that left no status.json. From `stopped` on nobody works on it any more.
enum class RunState { unknown, starting, running, stopping, stopped, finished, failed };
char const* to_string(RunState state);
inline bool is_over(RunState state) { return state >= RunState::stopped; }

/// An event and when it was, in milliseconds since 1970-01-01 UTC.
struct TimedEvent {
  std::int64_t time_ms = 0;
  EventRecord event;
};

/// A run as rank 0 last told it, in status.json. Times in milliseconds since 1970-01-01 UTC on the
/// clock of its machine.
struct RunStatus {
  std::string run;
  std::string host;      ///< of rank 0
  std::int64_t pid = 0;  ///< of rank 0
  std::int64_t started_ms = 0, written_ms = 0;
  std::int64_t reported_ms = 0;  ///< when a rank last reported anything
  RunState state = RunState::unknown;
  std::int64_t epochs = 0;
  std::size_t ranks = 0;
  double elapsed_seconds = 0;  ///< of this start; NaN: not known
  std::optional<double> eta_seconds;
  std::vector<CoinView> coins;
  std::vector<TimedEvent> events;  ///< the last ones that matter to people, oldest first
  std::vector<Json> readings;      ///< of each rank's device; an empty object where there is none
};

/// JSON with the member names as keys; "format" and "version" come first. What is not finite
/// becomes null.
Json to_json(RunStatus const& status);

/// The way back. Members that it does not know are left alone. Throws Error (data) that begins with
/// `what` if the JSON is no status, of a later version, or lacks a member.
RunStatus run_status_from(Json const& json, std::string const& what);

/// Throws Error (data) that names the file if it is missing, damaged or foreign.
RunStatus read_run_status(std::filesystem::path const& path);

/// What the picture shows of it: at `now_s` = 0 the run is as old as it was when it was written.
RunView view_of(RunStatus const& status);

/// Seconds since a file was written, on the clock that stamps files in `probe_folder` (a file
/// server's may differ from this machine's): a temporary file there is stamped for comparison.
/// Where none can be made the local clock is asked. Never negative; nothing if there is no such
/// file.
std::optional<double> file_age_s(std::filesystem::path const& path,
                                 std::filesystem::path const& probe_folder,
                                 std::int64_t local_clock_ms);

}  // namespace moneta
