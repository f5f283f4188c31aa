// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <span>

#include "io/line_writer.h"
#include "market/candle.h"

namespace moneta {

/// The header line of raw candles, with its line end.
inline constexpr char const* candle_header = "timestamp,open,high,low,close,volume\n";

/// Writes rows of raw candles without a header, for read_candles, which gets back the same bits.
/// Throws Error (disk).
void write_rows(LineWriter& file, std::span<Candle const> candles);

/// Writes a file of raw candles, compressed with gzip if `path` ends in .gz. It appears whole or
/// not at all, and the folder must exist. Throws Error (disk).
void write_candles(std::filesystem::path const& path, std::span<Candle const> candles);

}  // namespace moneta
