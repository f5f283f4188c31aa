// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "config/config.h"
#include "data/prepare_coin.h"
#include "data/quality.h"
#include "data/shard_folder.h"

namespace moneta {

struct PrepareOptions {
  OnOtherShards on_other_shards = OnOtherShards::refuse;
  /// The coins are some of those that the folder is for: with data.end common, the data then end no
  /// later than those of the folder's other coins.
  bool is_subset = false;
  std::size_t threads = 0;  ///< coins at a time; 0 = the usable cores, at most 4
  std::int64_t now_s = 0;   ///< the present; 0 = by the clock
  /// Receives a sentence if another process prepares the same folder.
  std::function<void(std::string const&)> on_wait = {};
};

struct PrepareSummary {
  std::size_t written = 0, unchanged = 0, removed = 0, samples = 0, rows = 0;
  std::size_t filled_minutes = 0, minutes = 0, skipped_rows = 0;
  std::vector<CoinQuality> coins;     ///< of every coin of the config, in its order
  std::vector<std::string> warnings;  ///< that concern several coins
};

/// Writes one shard per coin and month from raw candles, the manifest, and the records of quality.
/// Keeps shards that are unchanged, and removes listed shards of months that the settings no longer
/// cover. Other processes that prepare the folder wait. Calls `progress` for each month, in the
/// order of the coins, when a coin is done.
///
/// A coin whose candles are wrong has DataState::failed and keeps the shards that it had; the
/// others are prepared. Throws Error (data) if the folder of raw candles is missing, the manifest
/// is damaged, or the folder has shards of other settings; Error (disk) if a file cannot be
/// written, and then finished coins stay in the manifest.
PrepareSummary prepare_shards(Config const& config,
                              std::function<void(PreparedMonth const&)> const& progress,
                              PrepareOptions const& options = {});

}  // namespace moneta
