// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <span>

#include "market/candle.h"

namespace moneta {

/// Writes the columns `timestamp,open,high,low,close,volume` for read_candles, which gets back the
/// same bits; compressed with gzip if `path` ends in .gz. The file appears whole or not at all, and
/// the folder must exist. Throws Error (disk).
void write_candles(std::filesystem::path const& path, std::span<Candle const> candles);

}  // namespace moneta
