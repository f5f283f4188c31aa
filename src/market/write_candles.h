// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <span>

#include "market/candle.h"

namespace moneta {

/// Writes `timestamp,open,high,low,close,volume` as read_candles reads it, gzip if `path` ends in
/// .gz; every number comes back bit for bit. The file appears whole or not at all; the folder
/// must exist. Throws Error (disk).
void write_candles(std::filesystem::path const& path, std::span<Candle const> candles);

}  // namespace moneta
