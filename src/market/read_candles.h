// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "base/bad_rows.h"
#include "market/candle.h"
#include "market/candle_range.h"

namespace moneta {

/// Rows that were left out for the same reason.
struct SkippedRows {
  std::string reason;
  std::size_t rows = 0;
  std::size_t first_line = 0;

  bool operator==(SkippedRows const&) const = default;
};

struct RawCandles {
  std::vector<Candle> candles;       ///< minutes with trades, strictly increasing in time
  std::vector<std::uint32_t> lines;  ///< the line of the file of each candle
  std::size_t skipped_rows = 0;      ///< bad rows that BadRows::skip left out
  std::vector<SkippedRows> skipped;  ///< the same by reason
};

/// What read_candles accepts, and the bounds of what BadRows::skip may leave out.
struct RowLimits {
  double max_bad_rows = 1;                                        ///< share of all rows
  std::int64_t now_s = std::numeric_limits<std::int64_t>::max();  ///< the present
  OpenPrice open = OpenPrice::in_range;
};

/// The file with a coin's raw candles: `<folder>/<coin>.csv` or `.csv.gz`. Throws Error (data) that
/// names the folder and its contents if neither exists, and as existing_raw_file does.
std::filesystem::path find_raw_file(std::filesystem::path const& folder, std::string const& coin);

/// Reads the columns `timestamp,open,high,low,close,volume[,value]`, plain or gzip. The timestamp
/// is the start of the minute in milliseconds since 1970-01-01 UTC. A row is bad if it is not on a
/// minute or in another unit, has another number of columns, or a value that is not a number, not
/// finite or beyond the range of float32, if high < low, open or close is outside [low, high], a
/// price is not positive or the volume is negative, or if it does not fit into the order of time
/// (see order_rows) or is more than two minutes after the present. Empty lines at the end are no
/// rows.
///
/// A bad row throws Error (data) that names the file, the line and the value; with BadRows::skip it
/// is left out and counted, unless the share of such rows is too large or most rows are bad. A file
/// that is damaged, has no header, is newest first, or continues from the past into the future
/// always throws.
RawCandles read_candles(std::filesystem::path const& path, BadRows on_bad_row,
                        RowLimits const& limits = {});

}  // namespace moneta
