// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "market/candle.h"

namespace moneta {

/// The continuous minute grid from the first to the last candle: a missing minute is flat
/// (open = high = low = close = previous close, volume 0) and marked as filled.
Bars fill_minutes(std::span<Candle const> candles);

/// Completed bars of `minutes`, aligned to the clock (start = multiple of `minutes`), from the
/// minute grid; a partial bar at either end is left out. A bar is filled if all its minutes are.
Bars resample(Bars const& minute_bars, std::int64_t minutes);

}  // namespace moneta
