// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include "market/candle.h"

namespace moneta {

enum class BadRows { error, skip };

struct RawCandles {
  std::vector<Candle> candles;   ///< minutes with trades, strictly increasing in time
  std::size_t skipped_rows = 0;  ///< bad rows left out under BadRows::skip
};

/// Where a coin's raw candles lie: `<folder>/<coin>.csv`, else `.csv.gz`. Throws Error (data)
/// that names the folder and what is in it if neither exists.
std::filesystem::path find_raw_file(std::filesystem::path const& folder, std::string const& coin);

/// Reads `timestamp,open,high,low,close,volume[,value]`, plain or gzip; timestamp = start of the
/// minute, UTC, epoch ms. A bad row (out of order, repeated, not on a minute, high < low, open or
/// close outside [low, high], price not positive, volume negative, not finite, beyond what float32
/// holds, text, wrong number of columns) throws Error (data) that names file, line and value, or is
/// counted and left out under BadRows::skip. A damaged gzip stream or a missing header always
/// throws.
RawCandles read_candles(std::filesystem::path const& path, BadRows on_bad_row);

}  // namespace moneta
