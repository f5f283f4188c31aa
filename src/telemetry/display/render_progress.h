// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "telemetry/run_view.h"

namespace moneta {

/// What there is to draw on.
struct TerminalSize {
  std::size_t columns = 79, rows = 23;
  bool unicode = false;
};

/// The picture of a run: at most `rows` lines of at most `columns` columns each, without line ends.
/// One line per coin, or as many as fit (running ones first) and one for the rest; where a row is
/// left, one with the readings of the ranks' devices; the run last. What does not fit into a line
/// is left out, the least important first.
std::vector<std::string> render_progress(RunView const& run, double now_s,
                                         TerminalSize const& terminal);

/// The line that a finished epoch gets where there is no terminal to draw on.
std::string epoch_line(EpochRecord const& record, RunView const& run);

/// The line of an event: "warning KRW-BTC: ..."; control characters become blanks.
std::string event_line(EventRecord const& record);

/// "62 C 310/345 W 9.7/12.0 GiB 98 %" from a reading with temperature_c, power_w, power_limit_w,
/// memory_used_bytes, memory_total_bytes, utilisation_percent; what it lacks is left out.
std::string reading_text(Json const& reading);

/// Columns a text takes, one per character, and its first columns.
std::size_t width_of(std::string_view text);
std::string cut(std::string_view text, std::size_t columns);

/// `columns` wide; with unicode in steps of an eighth of a column.
std::string bar(double fraction, std::size_t columns, bool unicode);

/// "0.8123", from 1000 on "1.23e+05"; "-" for what is not known.
std::string loss_text(double loss);
/// "1,234".
std::string count_text(double count);

}  // namespace moneta
