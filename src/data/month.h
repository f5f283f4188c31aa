// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/config.h"
#include "data/shard.h"
#include "market/candle.h"

namespace moneta {

/// A coin's bars of every timeframe, made from the same minutes.
struct CoinBars {
  Bars minutes;
  std::vector<Bars> resampled;  ///< [K]; empty for the timeframe of the minutes themselves

  std::size_t timeframes() const { return resampled.size(); }
  Bars const& frame(std::size_t k) const {
    return resampled[k].candles.empty() && resampled[k].minutes == 1 ? minutes : resampled[k];
  }
};

/// The candles of the `data.days` days before `end_s`.
std::span<Candle const> candles_of_days(std::span<Candle const> candles, DataConfig const& data,
                                        std::int64_t end_s);

/// Fills missing minutes, at the end up to `until_s`, and builds the bars.
CoinBars make_coin_bars(std::span<Candle const> candles, DataConfig const& data,
                        std::int64_t until_s);

/// First and last of a series of decision times.
struct DecisionTimes {
  std::int64_t first_s = 0, last_s = 0;
};

/// The decision times at which every window is complete and warmed up and the target is known; none
/// if the series is too short.
std::optional<DecisionTimes> decision_times(CoinBars const& bars, DataConfig const& data);

/// The decision times whose windows have few enough filled bars, in order of time.
std::vector<std::int64_t> usable_times(CoinBars const& bars, DataConfig const& data,
                                       DecisionTimes const& times);

/// The close of the minute that ends at `time_s`.
double close_at(Bars const& minutes, std::int64_t time_s);

/// When the target of the first sample is known if a coin's first candle is at `first_s`.
std::int64_t first_target_s(std::int64_t first_s, DataConfig const& data);

/// The minutes that a series needs for its first sample if it begins at a full quarter of an hour.
std::int64_t needed_minutes(DataConfig const& data);

/// SHA-256 of everything that the shard of these decision times depends on: the settings, and the
/// minutes from the start of the features' warm-up to the last target.
std::string source_digest(CoinBars const& bars, DataConfig const& data, std::string const& coin,
                          DecisionTimes const& times);

/// Builds the shard of the decision times of one month. Samples with too many filled bars are left
/// out, so the shard may be empty. The features of a month are computed from `feature_warmup_bars`
/// bars before its first window on, so that a month does not depend on earlier data.
Shard build_month(CoinBars const& bars, DataConfig const& data, std::string const& coin,
                  DecisionTimes const& times);

}  // namespace moneta
