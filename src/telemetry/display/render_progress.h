// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "telemetry/run_view.h"

namespace moneta {

/// The space and the characters that are available for drawing.
struct TerminalSize {
  std::size_t columns = 79, rows = 23;
  bool unicode = false;
};

/// The progress of a run as at most `rows` lines of at most `columns` columns, without line ends:
/// one line per coin, a line with the readings of the ranks' devices if a row is left for it, and a
/// last line for the whole run. Coins that do not fit (running coins come first) are summed up in
/// one line. Fields that do not fit into a line are left out, the least important ones first.
std::vector<std::string> render_progress(RunView const& run, double now_s,
                                         TerminalSize const& terminal);

/// The line for a finished epoch in output that cannot be redrawn.
std::string epoch_line(EpochRecord const& record, RunView const& run);

/// The line for an event: "warning KRW-BTC: ...". Control characters become blanks.
std::string event_line(EventRecord const& record);

}  // namespace moneta
