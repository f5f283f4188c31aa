// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "market/bars.h"
#include "market/candle.h"

namespace moneta {

/// 2024-02-29T23:53:00Z: not at the start of a bar of five or fifteen minutes.
inline constexpr std::int64_t made_start_s = 1'709'250'780;

/// A number in [0, 1); the same everywhere, unlike the standard library's distributions.
inline double uniform(std::mt19937_64& random) {
  return static_cast<double>(random() >> 11) * 0x1p-53;
}

/// A random walk of minutes around `price`, some of them flat, without holes.
inline std::vector<Candle> made_candles(std::size_t count, std::uint64_t seed,
                                        double price = 43'210.5) {
  std::mt19937_64 random(seed);
  std::vector<Candle> candles;
  for (std::size_t i = 0; i < count; ++i) {
    Candle candle;
    candle.time_s = made_start_s + static_cast<std::int64_t>(i) * 60;
    candle.open = price;
    bool const flat = uniform(random) < 0.1;
    if (!flat) price *= std::exp(2e-3 * (uniform(random) - 0.5));
    candle.close = price;
    candle.high = std::max(candle.open, candle.close) * (flat ? 1 : 1 + 5e-4 * uniform(random));
    candle.low = std::min(candle.open, candle.close) * (flat ? 1 : 1 - 5e-4 * uniform(random));
    candle.volume = flat ? 0.0 : 10.0 * uniform(random);
    candles.push_back(candle);
  }
  return candles;
}

inline Bars bars_of(std::vector<Candle> const& candles) { return fill_minutes(candles); }

}  // namespace moneta
