// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "run/status_report.h"
#include "telemetry/display/render_progress.h"

namespace moneta {

/// A report for people: the state of the run, its progress, a line for each rank's device, the
/// dates of the coins, and the latest events, as at most `rows` lines of at most `columns` columns.
std::vector<std::string> status_lines(StatusReport const& report, TerminalSize const& terminal);

}  // namespace moneta
