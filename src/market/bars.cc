// SPDX-License-Identifier: Apache-2.0
#include "market/bars.h"

#include <algorithm>

#include "base/error.h"
#include "base/time.h"

namespace moneta {
namespace {

/// About 57 years of minutes: one wrong timestamp must not fill the memory with filled bars.
constexpr std::int64_t most_minutes = 30'000'000;

/// True for a candle without a trade: some exchanges list empty minutes. A price that moves without
/// volume is one that is not traded, such as a mark price or an index.
bool is_empty(Candle const& candle, double previous_close) {
  return candle.volume == 0 && candle.low == candle.high && candle.close == previous_close;
}

Candle flat_candle(std::int64_t time_s, double price) {
  return {time_s, price, price, price, price, 0.0};
}

}  // namespace

Bars fill_minutes(std::span<Candle const> candles, std::int64_t until_s) {
  Bars bars;
  if (candles.empty()) return bars;
  bars.first_time_s = candles.front().time_s;
  std::int64_t const minutes = (candles.back().time_s - bars.first_time_s) / seconds_per_minute + 1;
  MONETA_REQUIRE(
      minutes <= most_minutes, data,
      "candles from {} to {} span {} minutes (at most {} are filled). Is a timestamp wrong?",
      utc_text(bars.first_time_s), utc_text(candles.back().time_s), minutes, most_minutes);
  auto const until = std::max(minutes, (until_s - bars.first_time_s) / seconds_per_minute);
  auto const reserved = static_cast<std::size_t>(std::min(until, most_minutes));
  bars.candles.reserve(reserved);
  bars.filled.reserve(reserved);
  std::int64_t time_s = bars.first_time_s;
  auto const fill_to = [&](std::int64_t end_s) {
    for (; time_s < end_s; time_s += seconds_per_minute) {
      bars.candles.push_back(flat_candle(time_s, bars.candles.back().close));
      bars.filled.push_back(1);
    }
  };
  for (Candle const& candle : candles) {
    MONETA_REQUIRE(candle.time_s >= time_s && candle.time_s % seconds_per_minute == 0, internal,
                   "candle at {} is out of order or not on a minute", utc_text(candle.time_s));
    fill_to(candle.time_s);
    double const previous = bars.candles.empty() ? candle.close : bars.candles.back().close;
    bars.candles.push_back(candle);
    bars.filled.push_back(is_empty(candle, previous) ? 1 : 0);
    time_s += seconds_per_minute;
  }
  fill_to(until_s);
  return bars;
}

Bars resample(Bars const& minute_bars, std::int64_t minutes) {
  MONETA_REQUIRE(minute_bars.minutes == 1 && minutes >= 1, internal,
                 "bars of {} minutes cannot be made into bars of {}", minute_bars.minutes, minutes);
  std::int64_t const step_s = minutes * seconds_per_minute;
  std::int64_t const late_s = ((minute_bars.first_time_s % step_s) + step_s) % step_s;
  std::int64_t const skipped_s = (step_s - late_s) % step_s;
  Bars bars;
  bars.minutes = minutes;
  bars.first_time_s = minute_bars.first_time_s + skipped_s;
  auto const per_bar = static_cast<std::size_t>(minutes);
  auto i = static_cast<std::size_t>(skipped_s / seconds_per_minute);
  auto const full_bars = (minute_bars.size() - std::min(i, minute_bars.size())) / per_bar;
  bars.candles.reserve(full_bars);
  bars.filled.reserve(full_bars);
  for (; i + per_bar <= minute_bars.size(); i += per_bar) {
    Candle bar = minute_bars.candles[i];
    bool filled = minute_bars.filled[i] != 0;
    for (std::size_t m = i + 1; m < i + per_bar; ++m) {
      Candle const& minute = minute_bars.candles[m];
      bar.high = std::max(bar.high, minute.high);
      bar.low = std::min(bar.low, minute.low);
      bar.close = minute.close;
      bar.volume += minute.volume;
      filled = filled && minute_bars.filled[m] != 0;
    }
    bars.candles.push_back(bar);
    bars.filled.push_back(filled ? 1 : 0);
  }
  return bars;
}

}  // namespace moneta
