// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include "base/bad_rows.h"
#include "market/candle.h"

namespace moneta {

struct RawCandles {
  std::vector<Candle> candles;   ///< minutes with trades, strictly increasing in time
  std::size_t skipped_rows = 0;  ///< bad rows that BadRows::skip left out
};

/// The file with a coin's raw candles: `<folder>/<coin>.csv` or `.csv.gz`. Throws Error (data) that
/// names the folder and its contents if neither exists, and as existing_raw_file does.
std::filesystem::path find_raw_file(std::filesystem::path const& folder, std::string const& coin);

/// Reads the columns `timestamp,open,high,low,close,volume[,value]`, plain or gzip. The timestamp
/// is the start of the minute in milliseconds since 1970-01-01 UTC. A row is bad if it is out of
/// order or repeated, is not on a minute, has another number of columns, or a value that is not a
/// number, not finite or beyond the range of float32, or if high < low, open or close is outside
/// [low, high], a price is not positive or the volume is negative. A bad row throws Error (data)
/// that names the file, the line and the value; with BadRows::skip it is left out and counted. A
/// damaged gzip stream or a missing header always throws.
RawCandles read_candles(std::filesystem::path const& path, BadRows on_bad_row);

}  // namespace moneta
