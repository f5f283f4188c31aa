// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "config/config.h"
#include "data/manifest.h"
#include "data/quality.h"
#include "data/shard_folder.h"
#include "market/read_candles.h"

namespace moneta {

/// The result of a preparation for one coin and month.
struct PreparedMonth {
  std::string coin, month;
  std::size_t samples = 0, rows = 0;
  bool unchanged = false;  ///< an earlier run wrote the shard from the same candles and settings
};

/// The shards of one coin, written but not yet listed.
struct PreparedCoin {
  CoinQuality quality;
  std::vector<ManifestEntry> entries;  ///< empty unless the state is DataState::prepared
  std::vector<PreparedMonth> months;   ///< as many
};

PreparedMonth describe_month(ManifestEntry const& entry, bool unchanged);

/// Checks the coin's candles before `end_s`, measures them, and writes the shards of the months
/// that changed. The candles are released before the shards are built. A coin whose candles begin
/// too late for a sample has DataState::too_new. Throws Error (data) if the candles are wrong or
/// give no sample, and Error (disk).
PreparedCoin prepare_coin(std::string const& coin, std::filesystem::path const& path,
                          RawCandles raw, std::int64_t end_s, DataConfig const& data,
                          ShardFolder& folder);

}  // namespace moneta
