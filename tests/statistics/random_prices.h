// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "base/philox.h"
#include "statistics/forecasts.h"
#include "statistics/minute_prices.h"

namespace moneta::statistics {

/// 2025-09-30T00:00:00Z.
inline constexpr std::int64_t prices_start_s = 1'759'190'400;

/// A random walk with moves of about 0.1 % a minute, in which every tenth minute has no trade.
inline MinutePrices random_prices(std::size_t minutes, std::uint64_t seed) {
  MinutePrices prices;
  prices.first_time_s = prices_start_s;
  double price = 100;
  for (std::size_t i = 0; i < minutes; ++i) {
    PhiloxWords const words = philox(seed, 3, i);
    double const open = price;
    bool const traded = i % 10 != 9;
    if (traded) price *= std::exp(2e-3 * (uniform_double(words.word[0], words.word[1]) - 0.5));
    double const wick = traded ? 3e-4 * uniform_double(words.word[2], words.word[3]) : 0;
    prices.append(open, std::max(open, price) * (1 + wick), std::min(open, price) * (1 - wick),
                  price, traded ? 50 : 0, traded);
  }
  return prices;
}

/// Forecasts at every stride of [first, last] minutes after the start, which know `share` of the
/// target and are otherwise random.
inline Forecasts random_forecasts(MinutePrices const& prices, std::size_t first, std::size_t last,
                                  double share, ForecastSettings const& settings) {
  Forecasts forecasts;
  auto const horizon = static_cast<std::size_t>(settings.horizon_minutes);
  for (std::size_t m = first; m <= last; m += static_cast<std::size_t>(settings.stride_minutes)) {
    PhiloxWords const words = philox(11, 5, m);
    double const target = prices.log_close[m - 1 + horizon] - prices.log_close[m - 1];
    double const noise = 2e-3 * (uniform_double(words.word[0], words.word[1]) - 0.5);
    forecasts.time_s.push_back(prices.time_of(m));
    forecasts.target.push_back(target);
    forecasts.prediction.push_back(share * target + (1 - share) * noise);
  }
  return forecasts;
}

}  // namespace moneta::statistics
