// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "market/candle.h"

namespace moneta {

/// A change of the price from one candle to the next, or between the low and the high of one.
struct PriceStep {
  std::size_t row = 0;      ///< of the candle where it is seen
  std::int64_t time_s = 0;  ///< start of that candle
  double before = 0, after = 0;
  double size = 0;  ///< larger price / smaller price - 1
};

/// The largest step; of equal ones the first. Its size is 0 if no price ever changes.
PriceStep largest_price_step(std::span<Candle const> candles);

/// The first step that is larger than `size`.
std::optional<PriceStep> first_price_step_above(std::span<Candle const> candles, double size);

/// "at 2025-03-02T09:20:00Z the price goes from 49000 to 49000000 and stays there (a token swap or
/// a redenomination?)", or why it is one wrong candle.
std::string describe_price_step(std::span<Candle const> candles, PriceStep const& step);

/// The difference in minutes that more than half of the candles have to the one before; 1 if there
/// is none, or too few candles to tell.
std::int64_t usual_interval_minutes(std::span<Candle const> candles);

/// The largest power of ten, or multiple of it, that divides all prices of the latest candles: an
/// estimate of the tick size; 0 if the prices have too many digits.
double estimate_tick_size(std::span<Candle const> candles);

/// Throws Error (data) that names the candle if the first step above `max_price_step` is found, or
/// if the candles are not of one minute. `lines` has the line of each candle in the file.
void check_prices(std::span<Candle const> candles, std::span<std::uint32_t const> lines,
                  std::filesystem::path const& path, double max_price_step);

}  // namespace moneta
