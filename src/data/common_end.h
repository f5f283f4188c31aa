// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/config.h"

namespace moneta {

/// From when to when a coin has candles.
struct CoinSpan {
  std::string coin;
  std::int64_t first_s = 0;  ///< start of the first minute
  std::int64_t end_s = 0;    ///< end of the last minute

  bool operator==(CoinSpan const&) const = default;
};

/// Where the minutes of one coin end.
struct CoinEnd {
  std::int64_t end_s = 0;  ///< only candles before this time are used
  bool left_out = false;   ///< the coin ended too long ago

  bool operator==(CoinEnd const&) const = default;
};

struct CoinEnds {
  std::vector<CoinEnd> coins;         ///< as many as spans
  std::vector<std::string> warnings;  ///< each names a coin and what to do
};

/// Decides by data.end where the minutes of every coin end.
///
/// `common` is the earliest of the ends of all coins, so that all are tested on the same period.
/// Two kinds of coins do not count for it: those with too few minutes for a sample; and, one after
/// the other, the coin that ends first, if most other coins would by then have too few minutes, or
/// less than half of what they have. Such a coin is left out. A coin that ends more than a day
/// before another is named in a warning.
CoinEnds decide_ends(std::vector<CoinSpan> const& spans, DataConfig const& data);

}  // namespace moneta
