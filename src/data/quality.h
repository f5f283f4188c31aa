// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "config/config.h"
#include "data/month.h"
#include "market/read_candles.h"

namespace moneta {

/// What became of a coin when it was prepared last.
enum class DataState {
  prepared,
  too_new,  ///< it has too few minutes for a sample yet
  ended,    ///< it ended so long ago that it was left out (see decide_ends)
  failed,   ///< its candles are wrong; the measures are those of the shards that it has
};

char const* to_string(DataState state);

/// What the data of one coin are like. Times are seconds since 1970-01-01 UTC; times, counts and
/// shares are of the candles that were used, and 0 unless the coin was prepared.
struct CoinQuality {
  std::string coin;
  DataState state = DataState::prepared;
  std::string problem;                             ///< why it was not prepared
  std::int64_t first_time_s = 0;                   ///< start of the first minute
  std::int64_t end_s = 0;                          ///< end of the last minute
  std::int64_t test_first_s = 0, test_last_s = 0;  ///< decision times of the test part
  std::size_t minutes = 0, filled_minutes = 0;
  std::size_t longest_gap_minutes = 0;
  std::int64_t longest_gap_s = 0;          ///< its start
  std::vector<SkippedRows> skipped;        ///< of the whole file
  std::size_t samples = 0;                 ///< in the shards
  std::size_t left_out_filled = 0;         ///< a window has too many filled bars
  std::size_t left_out_not_finite = 0;     ///< a feature is not finite
  double tick_size = 0;                    ///< 0 if unknown
  double zero_target_share = 0;            ///< of the samples
  double largest_step = 0;                 ///< larger price / smaller price - 1
  std::int64_t largest_step_s = 0;         ///< the candle where it is
  double moving_without_volume_share = 0;  ///< of the candles
  std::vector<std::string> warnings;       ///< what is suspicious
};

/// Measures everything but `samples` and `left_out_not_finite`, of candles that passed the checks.
/// `bars` are made from them, and `usable` are the decision times with few enough filled bars.
CoinQuality measure_quality(std::string const& coin, std::span<Candle const> candles,
                            CoinBars const& bars, DecisionTimes const& times,
                            std::vector<std::int64_t> const& usable, DataConfig const& data);

/// A sentence for everything in the candles that is suspicious; `quality` was measured of them.
std::vector<std::string> warnings_of(std::span<Candle const> candles, CoinQuality const& quality);

/// Adds a warning for each measure that is suspicious, and then those of the candles. Call it last.
void add_warnings(CoinQuality& quality, std::vector<std::string> of_candles);

}  // namespace moneta
