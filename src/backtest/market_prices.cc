// SPDX-License-Identifier: Apache-2.0
#include "backtest/market_prices.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace moneta::backtest {

statistics::MinutePrices minute_prices_of(Bars const& minute_bars) {
  MONETA_REQUIRE(minute_bars.minutes == 1, internal, "bars of {} minutes are not minutes",
                 minute_bars.minutes);
  statistics::MinutePrices prices;
  prices.first_time_s = minute_bars.first_time_s;
  prices.reserve(minute_bars.size());
  for (std::size_t i = 0; i < minute_bars.size(); ++i) {
    Candle const& bar = minute_bars.candles[i];
    double const least = std::min({bar.open, bar.high, bar.low, bar.close});
    double const most = std::max({bar.open, bar.high, bar.low, bar.close});
    MONETA_REQUIRE(least > 0 && std::isfinite(most) && bar.volume >= 0 && std::isfinite(bar.volume),
                   data,
                   "the minute at {} has the open {}, high {}, low {}, close {} and volume {} "
                   "(prices must be positive and finite). Is the candle damaged?",
                   utc_text(bar.time_s), bar.open, bar.high, bar.low, bar.close, bar.volume);
    prices.append(bar.open, bar.high, bar.low, bar.close, bar.volume, minute_bars.filled[i] == 0);
  }
  return prices;
}

}  // namespace moneta::backtest
