// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "io/h5.h"

namespace moneta {

/// What every shard says of itself: attributes of its root. data/README.md has the whole format.
inline constexpr char const* shard_format = "moneta-shard";
inline constexpr std::int64_t shard_version = 1;

enum class ShardLayout { compact, dense };

inline char const* to_string(ShardLayout layout) {
  return layout == ShardLayout::compact ? "compact" : "dense";
}

/// A shard's bars of one timeframe and where its windows end. Dense shards keep no rows: there
/// only name, minutes and steps are filled.
struct ShardTimeframe {
  std::string name;  ///< "5m"
  std::int64_t minutes = 1;
  std::size_t steps = 0;             ///< T
  std::vector<std::int64_t> time_s;  ///< [R] start of the bar
  std::vector<float> features;       ///< [R,F] unscaled
  std::vector<std::uint8_t> filled;  ///< [R] 1 where the bar holds no trade
  std::vector<std::int64_t> ends;    ///< [S] row of each window's last bar

  std::size_t rows() const { return time_s.size(); }
};

/// One coin and calendar month of decision times, complete in itself.
struct Shard {
  std::string coin;   ///< the market: "KRW-BTC"
  std::string month;  ///< "2021-04"
  std::int64_t horizon_minutes = 0;
  std::string source_digest;           ///< of the candles and settings it was made of
  std::string generator, created_utc;  ///< who wrote it and when; write_shard sets them
  ShardLayout layout = ShardLayout::compact;
  std::vector<ShardTimeframe> timeframes;  ///< [K]
  std::vector<std::int64_t> time_s;        ///< [S] decision time
  std::vector<float> close, target;        ///< [S]

  std::size_t samples() const { return time_s.size(); }
  /// Rows of all timeframes together.
  std::size_t rows() const;
};

/// A file as it was written.
struct WrittenFile {
  std::string sha256;
  std::size_t bytes = 0;
};

/// Writes a compact shard, whole or not at all; the folder must exist. Throws Error (disk).
WrittenFile write_shard(std::filesystem::path const& path, Shard const& shard);

/// Reads a shard and checks everything: format, version, names, types, shapes, the grid of bars,
/// that each window lies in the rows, is complete and ends with the last bar before its decision
/// time, and that every number used is finite. Of a dense shard the sequences are only checked for
/// type and shape. Throws Error (data) that names file and dataset.
Shard read_shard(std::filesystem::path const& path);

/// The parts of read_shard and write_shard that the two layouts share.
Shard read_shard_frame(H5File const& file);
void write_shard_frame(H5File const& file, Shard const& shard);
WrittenFile commit_shard(std::filesystem::path const& path,
                         std::function<void(H5File const&)> const& write);

}  // namespace moneta
