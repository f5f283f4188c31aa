// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace moneta {

/// One bar, for the time [time_s, time_s + length of its timeframe).
struct Candle {
  std::int64_t time_s = 0;  ///< start, seconds since 1970-01-01 UTC
  double open = 0, high = 0, low = 0, close = 0;
  double volume = 0;  ///< in units of the coin

  bool operator==(Candle const&) const = default;
};

/// Bars of one timeframe on a continuous grid, oldest first: bar i starts at
/// first_time_s + i * minutes * 60.
struct Bars {
  std::int64_t minutes = 1;
  std::int64_t first_time_s = 0;
  std::vector<Candle> candles;       ///< [R]
  std::vector<std::uint8_t> filled;  ///< [R] 1 if there was no trade in the whole bar

  std::size_t size() const { return candles.size(); }
};

}  // namespace moneta
