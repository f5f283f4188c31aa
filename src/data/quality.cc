// SPDX-License-Identifier: Apache-2.0
#include "data/quality.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/error.h"
#include "base/time.h"
#include "data/price_check.h"
#include "data/split.h"

namespace moneta {
namespace {

/// The longest run of filled minutes.
void measure_gap(Bars const& minutes, CoinQuality& quality) {
  std::size_t run = 0;
  for (std::size_t row = 0; row < minutes.size(); ++row) {
    run = minutes.filled[row] != 0 ? run + 1 : 0;
    quality.filled_minutes += minutes.filled[row];
    if (run <= quality.longest_gap_minutes) continue;
    quality.longest_gap_minutes = run;
    quality.longest_gap_s =
        minutes.first_time_s + static_cast<std::int64_t>(row + 1 - run) * seconds_per_minute;
  }
}

double share(std::size_t part, std::size_t all) {
  return all == 0 ? 0 : static_cast<double>(part) / static_cast<double>(all);
}

/// The share of candles whose price moves although their volume is 0.
double moving_without_volume(std::span<Candle const> candles) {
  std::size_t moving = 0;
  for (std::size_t i = 1; i < candles.size(); ++i) {
    auto const& candle = candles[i];
    bool const moves = candle.low != candle.high || candle.close != candles[i - 1].close;
    if (candle.volume == 0 && moves) ++moving;
  }
  return share(moving, candles.size());
}

}  // namespace

char const* to_string(DataState state) {
  switch (state) {
    case DataState::prepared:
      return "prepared";
    case DataState::too_new:
      return "too new";
    case DataState::ended:
      return "ended";
    case DataState::failed:
      return "failed";
  }
  return "unknown";
}

CoinQuality measure_quality(std::string const& coin, std::span<Candle const> candles,
                            CoinBars const& bars, DecisionTimes const& times,
                            std::vector<std::int64_t> const& usable, DataConfig const& data) {
  CoinQuality quality;
  quality.coin = coin;
  quality.minutes = bars.minutes.size();
  quality.first_time_s = bars.minutes.first_time_s;
  quality.end_s =
      quality.first_time_s + static_cast<std::int64_t>(quality.minutes) * seconds_per_minute;
  measure_gap(bars.minutes, quality);
  auto const all = (times.last_s - times.first_s) / (data.stride_minutes * seconds_per_minute) + 1;
  quality.left_out_filled = static_cast<std::size_t>(all) - usable.size();
  std::size_t zero_targets = 0;
  for (auto const t : usable) {
    auto const later = t + data.horizon_minutes * seconds_per_minute;
    if (close_at(bars.minutes, t) == close_at(bars.minutes, later)) ++zero_targets;
  }
  quality.zero_target_share = share(zero_targets, usable.size());
  quality.tick_size = estimate_tick_size(candles);
  auto const step = largest_price_step(candles);
  quality.largest_step = step.size;
  quality.largest_step_s = step.time_s;
  quality.moving_without_volume_share = moving_without_volume(candles);
  try {
    auto const split = split_by_time(usable, data);
    quality.test_first_s = usable[split.test.begin];
    quality.test_last_s = usable[split.test.end - 1];
  } catch (Error const& error) {
    quality.warnings.push_back(fmt::format("it cannot be trained: {}", error.what()));
  }
  return quality;
}

std::vector<std::string> warnings_of(std::span<Candle const> candles, CoinQuality const& quality) {
  constexpr double large_step = 0.2, some_share = 0.01;
  std::vector<std::string> warnings;
  if (auto const step = first_price_step_above(candles, large_step)) {
    warnings.push_back(describe_price_step(candles, *step));
  }
  bool const has_volume =
      std::any_of(candles.begin(), candles.end(), [](auto const& each) { return each.volume > 0; });
  if (!has_volume) {
    warnings.push_back(
        fmt::format("the volume is 0 in all candles from {} on", utc_text(quality.first_time_s)));
  }
  if (quality.moving_without_volume_share > some_share) {
    warnings.push_back(fmt::format(
        "in {:.0f} % of the candles the price moves with volume 0 (mark or index prices?)",
        100 * quality.moving_without_volume_share));
  }
  return warnings;
}

void add_warnings(CoinQuality& quality, std::vector<std::string> of_candles) {
  constexpr std::size_t long_gap_minutes = 720;
  constexpr double large_share = 0.5;
  auto& warnings = quality.warnings;
  for (auto const& each : quality.skipped) {
    warnings.push_back(fmt::format("{} rows were skipped: {} (first in line {})", each.rows,
                                   each.reason, each.first_line));
  }
  if (quality.longest_gap_minutes >= long_gap_minutes) {
    warnings.push_back(
        fmt::format("there is no trade for {} from {} on (is a part missing?)",
                    duration_text(60.0 * static_cast<double>(quality.longest_gap_minutes)),
                    utc_text(quality.longest_gap_s)));
  }
  auto const left_out = quality.left_out_filled + quality.left_out_not_finite;
  if (share(left_out, left_out + quality.samples) > large_share) {
    warnings.push_back(
        fmt::format("{} of {} samples were left out ({} with too many minutes without a trade, {} "
                    "with features that are not finite)",
                    left_out, left_out + quality.samples, quality.left_out_filled,
                    quality.left_out_not_finite));
  }
  if (quality.zero_target_share > large_share) {
    warnings.push_back(fmt::format(
        "in {:.0f} % of the samples the price does not change within the horizon (its tick is {:g})",
        100 * quality.zero_target_share, quality.tick_size));
  }
  std::move(of_candles.begin(), of_candles.end(), std::back_inserter(warnings));
}

}  // namespace moneta
