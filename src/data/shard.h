// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace moneta {

/// How every shard identifies itself, in attributes of its root. data/README.md describes the whole
/// format.
inline constexpr char const* shard_format = "moneta-shard";
/// The version that is written. Version 1 has `close` in float32 and texts of fixed width.
inline constexpr std::int64_t shard_version = 2;
inline constexpr std::int64_t oldest_shard_version = 1;
/// What the digests of data contain in place of a version: it changes only with the samples, so
/// that a run can be resumed on shards of another version.
inline constexpr std::int64_t shard_content_version = 1;

enum class ShardLayout { compact, dense };

inline char const* to_string(ShardLayout layout) {
  return layout == ShardLayout::compact ? "compact" : "dense";
}

/// A shard's bars of one timeframe and where its windows end. Dense shards keep no rows: for them
/// only name, minutes and steps are set.
struct ShardTimeframe {
  std::string name;  ///< "5m"
  std::int64_t minutes = 1;
  std::size_t steps = 0;             ///< T
  std::vector<std::int64_t> time_s;  ///< [R] start of the bar
  std::vector<float> features;       ///< [R,F] unscaled
  std::vector<std::uint8_t> filled;  ///< [R] 1 if the bar contains no trade
  std::vector<std::int64_t> ends;    ///< [S] row of each window's last bar

  std::size_t rows() const { return time_s.size(); }
};

/// One coin and calendar month of decision times, complete in itself.
struct Shard {
  std::string coin;   ///< the market: "KRW-BTC"
  std::string month;  ///< "2021-04"
  std::int64_t horizon_minutes = 0;
  std::string source_digest;             ///< of the candles and settings it was made from
  std::string generator, created_utc;    ///< the program that wrote it and when; set by write_shard
  std::int64_t version = shard_version;  ///< of the file it was read from
  ShardLayout layout = ShardLayout::compact;
  std::vector<ShardTimeframe> timeframes;  ///< [K]
  std::vector<std::int64_t> time_s;        ///< [S] decision time
  std::vector<double> close;               ///< [S] close at the decision time
  std::vector<float> target;               ///< [S] log return over the horizon

  std::size_t samples() const { return time_s.size(); }
  /// Rows of all timeframes together.
  std::size_t rows() const {
    std::size_t sum = 0;
    for (auto const& frame : timeframes) sum += frame.rows();
    return sum;
  }
};

/// Digest and size of a shard's file.
struct WrittenFile {
  std::string sha256;
  std::size_t bytes = 0;
};

}  // namespace moneta
