// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.h"
#include "market/candle.h"

namespace moneta {

/// The range of prices and volumes that float32, also used in shards, represents with room for
/// products.
inline constexpr double least_price = 1e-30, greatest_number = 1e30;

/// Whether read_candles accepts this candle as a row.
inline bool is_valid(Candle const& candle) {
  return candle.time_s >= 0 && candle.time_s < year_10000_s &&
         candle.time_s % seconds_per_minute == 0 && candle.low >= least_price &&
         candle.high <= greatest_number && candle.low <= candle.open &&
         candle.open <= candle.high && candle.low <= candle.close && candle.close <= candle.high &&
         candle.volume >= 0 && candle.volume <= greatest_number;
}

}  // namespace moneta
