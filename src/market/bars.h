// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "market/candle.h"

namespace moneta {

/// Builds the continuous minute grid from the first to the last candle. A missing minute is flat
/// (open = high = low = close = previous close, volume 0) and marked as filled, and so is a candle
/// that has the same numbers. If the candles end before `until_s`, minutes without a trade follow
/// up to that time. Throws Error (data) if the candles span more than about 57 years.
Bars fill_minutes(std::span<Candle const> candles, std::int64_t until_s = 0);

/// Builds the complete bars of `minutes` from the minute grid, aligned to the clock (the start is a
/// multiple of `minutes`). A partial bar at either end is left out. A bar is filled if all of its
/// minutes are.
Bars resample(Bars const& minute_bars, std::int64_t minutes);

}  // namespace moneta
