// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace moneta {

/// From when to when a file has candles.
struct CandleSpan {
  std::int64_t first_s = 0;  ///< start of the first minute
  std::int64_t last_s = 0;   ///< start of the last minute

  bool operator==(CandleSpan const&) const = default;
};

/// The times of the first and the last row of a file of raw candles, of which only the header, the
/// first row and the last rows are parsed. None unless all of these are valid and the last rows are
/// in order of time: then only read_candles can tell. The rows between them may be wrong, so that
/// read_candles may throw or find another span, but only if it finds bad rows. Throws Error (data)
/// if a gzip file is damaged.
std::optional<CandleSpan> read_span(std::filesystem::path const& path);

}  // namespace moneta
