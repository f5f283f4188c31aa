// SPDX-License-Identifier: Apache-2.0
#include "data/month.h"

#include <algorithm>
#include <cmath>

#include "base/digest.h"
#include "base/error.h"
#include "base/shape.h"
#include "base/time.h"
#include "data/manifest.h"
#include "market/bars.h"
#include "market/features.h"

namespace moneta {
namespace {

std::int64_t bar_seconds(Bars const& bars) { return bars.minutes * seconds_per_minute; }

std::int64_t start_of(Bars const& bars, std::size_t row) {
  return bars.first_time_s + static_cast<std::int64_t>(row) * bar_seconds(bars);
}

/// The number of rows that end at or before `time_s`.
std::size_t rows_until(Bars const& bars, std::int64_t time_s) {
  return time_s <= bars.first_time_s
             ? 0
             : static_cast<std::size_t>((time_s - bars.first_time_s) / bar_seconds(bars));
}

/// Half-open range of rows.
struct RowRange {
  std::size_t begin = 0, end = 0;
};

/// The rows that the features of a month's windows are computed from.
RowRange rows_with_warmup(Bars const& bars, std::size_t steps, DecisionTimes const& times) {
  auto const last_of_first_window = rows_until(bars, times.first_s);
  return {last_of_first_window - steps - feature_warmup_bars, rows_until(bars, times.last_s)};
}

Bars rows_of(Bars const& bars, RowRange range) {
  Bars part;
  part.minutes = bars.minutes;
  part.first_time_s = start_of(bars, range.begin);
  auto const begin = static_cast<std::ptrdiff_t>(range.begin);
  auto const end = static_cast<std::ptrdiff_t>(range.end);
  part.candles.assign(bars.candles.begin() + begin, bars.candles.begin() + end);
  part.filled.assign(bars.filled.begin() + begin, bars.filled.begin() + end);
  return part;
}

/// One timeframe of a month: the features of every row, and cumulative counts of the rows that
/// limit which windows are usable.
struct MonthRows {
  Bars bars;
  std::vector<float> features;
  std::vector<std::size_t> filled, not_finite;  ///< in the first i rows, [R + 1]
  std::size_t steps = 0;
  std::size_t max_filled = 0;

  /// The row of the window's last bar.
  std::size_t end_at(std::int64_t time_s) const { return rows_until(bars, time_s) - 1; }
  bool usable(std::int64_t time_s) const {
    auto const end = end_at(time_s) + 1;
    return filled[end] - filled[end - steps] <= max_filled &&
           not_finite[end] == not_finite[end - steps];
  }
};

/// How many bars of a usable window may be filled.
std::size_t most_filled(double max_filled_fraction, std::size_t steps) {
  return static_cast<std::size_t>(
      std::floor(max_filled_fraction * static_cast<double>(steps) + 1e-9));
}

MonthRows make_rows(Bars const& bars, std::size_t steps, double max_filled_fraction,
                    DecisionTimes const& times) {
  MonthRows rows;
  rows.bars = rows_of(bars, rows_with_warmup(bars, steps, times));
  rows.features = compute_features(rows.bars);
  rows.steps = steps;
  rows.max_filled = most_filled(max_filled_fraction, steps);
  rows.filled.assign(rows.bars.size() + 1, 0);
  rows.not_finite.assign(rows.bars.size() + 1, 0);
  for (std::size_t row = 0; row < rows.bars.size(); ++row) {
    bool const finite = std::all_of(rows.features.data() + row * feature_count,
                                    rows.features.data() + (row + 1) * feature_count,
                                    [](float value) { return std::isfinite(value); });
    rows.filled[row + 1] = rows.filled[row] + rows.bars.filled[row];
    rows.not_finite[row + 1] = rows.not_finite[row] + (finite ? 0 : 1);
  }
  return rows;
}

/// The rows that the samples' windows use, and where the windows end in them.
ShardTimeframe cut_to_samples(MonthRows const& rows, TimeframeConfig const& config,
                              std::vector<std::int64_t> const& sample_times) {
  ShardTimeframe frame;
  frame.name = config.name;
  frame.minutes = config.minutes;
  frame.steps = config.steps;
  if (sample_times.empty()) return frame;
  auto const begin = rows.end_at(sample_times.front()) + 1 - rows.steps;
  auto const end = rows.end_at(sample_times.back()) + 1;
  for (auto row = begin; row < end; ++row) frame.time_s.push_back(start_of(rows.bars, row));
  frame.features.assign(rows.features.data() + begin * feature_count,
                        rows.features.data() + end * feature_count);
  frame.filled.assign(rows.bars.filled.data() + begin, rows.bars.filled.data() + end);
  for (auto const time : sample_times) {
    frame.ends.push_back(static_cast<std::int64_t>(rows.end_at(time) - begin));
  }
  return frame;
}

std::int64_t round_up(std::int64_t time_s, std::int64_t step) {
  return (time_s + step - 1) / step * step;
}

}  // namespace

std::span<Candle const> candles_of_days(std::span<Candle const> candles, DataConfig const& data,
                                        std::int64_t end_s) {
  auto const from = [&](std::int64_t time_s) {
    return std::lower_bound(
        candles.begin(), candles.end(), time_s,
        [](Candle const& candle, std::int64_t time) { return candle.time_s < time; });
  };
  return {from(end_s - data.days * seconds_per_day), from(end_s)};
}

CoinBars make_coin_bars(std::span<Candle const> candles, DataConfig const& data,
                        std::int64_t until_s) {
  CoinBars bars;
  bars.minutes = fill_minutes(candles, until_s);
  for (auto const& frame : data.timeframes) {
    bars.resampled.push_back(frame.minutes == 1 ? Bars{} : resample(bars.minutes, frame.minutes));
  }
  return bars;
}

std::optional<DecisionTimes> decision_times(CoinBars const& bars, DataConfig const& data) {
  auto const stride = data.stride_minutes * seconds_per_minute;
  auto const end = start_of(bars.minutes, bars.minutes.size());
  auto const last = end - data.horizon_minutes * seconds_per_minute;
  auto first = bars.minutes.first_time_s + seconds_per_minute;
  for (std::size_t k = 0; k < bars.timeframes(); ++k) {
    auto const& frame = bars.frame(k);
    auto const needed = data.timeframes[k].steps + feature_warmup_bars;
    if (frame.size() < needed) return std::nullopt;
    first = std::max(first, start_of(frame, needed));
  }
  DecisionTimes const times{round_up(first, stride), last / stride * stride};
  if (times.first_s > times.last_s) return std::nullopt;
  return times;
}

std::vector<std::int64_t> usable_times(CoinBars const& bars, DataConfig const& data,
                                       DecisionTimes const& times) {
  std::vector<std::vector<std::uint32_t>> filled;  // in the first i rows, [K][R + 1]
  for (std::size_t k = 0; k < bars.timeframes(); ++k) {
    auto const& frame = bars.frame(k);
    auto& counts = filled.emplace_back(frame.size() + 1);
    for (std::size_t row = 0; row < frame.size(); ++row) {
      counts[row + 1] = counts[row] + frame.filled[row];
    }
  }
  std::vector<std::int64_t> usable;
  for (auto t = times.first_s; t <= times.last_s; t += data.stride_minutes * seconds_per_minute) {
    bool is_usable = true;
    for (std::size_t k = 0; k < filled.size() && is_usable; ++k) {
      auto const end = rows_until(bars.frame(k), t);
      auto const steps = data.timeframes[k].steps;
      is_usable =
          filled[k][end] - filled[k][end - steps] <= most_filled(data.max_filled_fraction, steps);
    }
    if (is_usable) usable.push_back(t);
  }
  return usable;
}

double close_at(Bars const& minutes, std::int64_t time_s) {
  return minutes.candles[rows_until(minutes, time_s) - 1].close;
}

std::int64_t first_target_s(std::int64_t first_s, DataConfig const& data) {
  auto first = first_s + seconds_per_minute;
  for (auto const& frame : data.timeframes) {
    auto const bar_s = frame.minutes * seconds_per_minute;
    auto const bars = static_cast<std::int64_t>(frame.steps + feature_warmup_bars);
    first = std::max(first, round_up(first_s, bar_s) + bars * bar_s);
  }
  return round_up(first, data.stride_minutes * seconds_per_minute) +
         data.horizon_minutes * seconds_per_minute;
}

std::int64_t needed_minutes(DataConfig const& data) {
  std::int64_t longest = 0;
  for (auto const& frame : data.timeframes) {
    auto const bars = static_cast<std::int64_t>(frame.steps + feature_warmup_bars);
    longest = std::max(longest, bars * frame.minutes);
  }
  return round_up(longest, data.stride_minutes) + data.horizon_minutes;
}

std::string source_digest(CoinBars const& bars, DataConfig const& data, std::string const& coin,
                          DecisionTimes const& times) {
  auto settings = preparation_settings(data);
  for (char const* key : {"days", "end"})
    settings.erase(key);  // only decide which candles are used
  Digest digest;
  digest.add(fmt::format("{}{}\n{}\n{}\n{} {}\n", shard_format, shard_content_version,
                         settings.dump(), coin, times.first_s, times.last_s));
  for (auto const* name : feature_names) digest.add(fmt::format("{}\n", name));

  auto begin = times.first_s;
  for (std::size_t k = 0; k < bars.timeframes(); ++k) {
    auto const range = rows_with_warmup(bars.frame(k), data.timeframes[k].steps, times);
    begin = std::min(begin, start_of(bars.frame(k), range.begin));
  }
  auto const& minutes = bars.minutes;
  auto const first = rows_until(minutes, begin);
  auto const end = rows_until(minutes, times.last_s + data.horizon_minutes * seconds_per_minute);
  digest.add(fmt::format("{}\n", start_of(minutes, first)));
  std::span const candles(minutes.candles.data() + first, end - first);
  static_assert(sizeof(Candle) == 6 * 8, "padding must not enter the digest");
  digest.add(std::as_bytes(candles));
  digest.add(std::as_bytes(std::span(minutes.filled.data() + first, end - first)));
  return digest.hex();
}

Shard build_month(CoinBars const& bars, DataConfig const& data, std::string const& coin,
                  DecisionTimes const& times) {
  std::vector<MonthRows> rows;
  for (std::size_t k = 0; k < bars.timeframes(); ++k) {
    rows.push_back(
        make_rows(bars.frame(k), data.timeframes[k].steps, data.max_filled_fraction, times));
  }
  Shard shard;
  shard.coin = coin;
  shard.month = utc_month(times.first_s);
  shard.horizon_minutes = data.horizon_minutes;
  auto const horizon = data.horizon_minutes * seconds_per_minute;
  for (auto t = times.first_s; t <= times.last_s; t += data.stride_minutes * seconds_per_minute) {
    if (!std::all_of(rows.begin(), rows.end(), [&](auto const& each) { return each.usable(t); })) {
      continue;
    }
    auto const close = close_at(bars.minutes, t);
    shard.time_s.push_back(t);
    shard.close.push_back(close);
    shard.target.push_back(
        static_cast<float>(std::log(close_at(bars.minutes, t + horizon) / close)));
  }
  for (std::size_t k = 0; k < rows.size(); ++k) {
    shard.timeframes.push_back(cut_to_samples(rows[k], data.timeframes[k], shard.time_s));
  }
  return shard;
}

}  // namespace moneta
