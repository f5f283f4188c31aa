// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "telemetry/record.h"
#include "telemetry/run_state.h"
#include "telemetry/run_view.h"

namespace moneta {

/// An event and its time in milliseconds since 1970-01-01 UTC.
struct TimedEvent {
  std::int64_t time_ms = 0;
  EventRecord event = {};
};

/// The state of a run that rank 0 wrote last, the contents of status.json. Times are in
/// milliseconds since 1970-01-01 UTC on the clock of rank 0's host.
struct RunStatus {
  std::string run;
  std::string host;      ///< of rank 0
  std::int64_t pid = 0;  ///< of rank 0
  std::int64_t started_ms = 0, written_ms = 0;
  std::int64_t reported_ms = 0;  ///< when a rank last reported anything
  RunState state = RunState::unknown;
  std::int64_t epochs = 0;
  std::size_t ranks = 0;
  double elapsed_seconds = 0;  ///< since this start; NaN if unknown
  std::optional<double> eta_seconds;
  std::vector<CoinView> coins;
  std::vector<TimedEvent> events;  ///< the latest ones for the terminal, oldest first
  std::vector<Json> readings;      ///< of each rank's device; an empty object if there is none
};

/// The members by their names, preceded by "format" and "version". A number that is not finite
/// becomes null.
Json to_json(RunStatus const& status);

/// The inverse. Unknown members are ignored. Throws Error (data) whose text begins with `what` if
/// the JSON is not a status, has a later version, or lacks a member other than the dates of a coin.
RunStatus run_status_from(Json const& json, std::string const& what);

/// Throws Error (data) that names the file if it is missing, damaged or not a status.
RunStatus read_run_status(std::filesystem::path const& path);

/// The status as a RunView, for the display. At `now_s` = 0 the run is as old as it was when the
/// status was written.
RunView view_of(RunStatus const& status);

}  // namespace moneta
