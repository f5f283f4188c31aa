// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "market/candle.h"
#include "statistics/minute_prices.h"

namespace moneta::backtest {

/// The minute grid of `fill_minutes` as arrays. Throws Error (data) if a price is not positive and
/// finite, or a volume negative or not finite.
statistics::MinutePrices minute_prices_of(Bars const& minute_bars);

}  // namespace moneta::backtest
