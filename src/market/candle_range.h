// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.h"
#include "market/candle.h"

namespace moneta {

/// The range of prices and volumes that float32, also used in shards, represents with room for
/// products.
inline constexpr double least_price = 1e-30, greatest_number = 1e30;

/// Whether the open of a bar must be between its low and its high. Some exchanges write the close
/// of the bar before as the open, which may lie outside.
enum class OpenPrice { in_range, any };

/// Whether read_candles accepts this candle as a row.
inline bool is_valid(Candle const& candle, OpenPrice open = OpenPrice::in_range) {
  bool const is_open_valid = open == OpenPrice::any
                                 ? candle.open >= least_price && candle.open <= greatest_number
                                 : candle.low <= candle.open && candle.open <= candle.high;
  return is_open_valid && candle.time_s >= 0 && candle.time_s < year_10000_s &&
         candle.time_s % seconds_per_minute == 0 && candle.low >= least_price &&
         candle.high <= greatest_number && candle.low <= candle.close &&
         candle.close <= candle.high && candle.volume >= 0 && candle.volume <= greatest_number;
}

}  // namespace moneta
