// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "config/config.h"

namespace moneta {

/// The result of `prepare_shards` for one coin and month.
struct PreparedMonth {
  std::string coin, month;
  std::size_t samples = 0, rows = 0;
  bool unchanged = false;  ///< an earlier run wrote the shard from the same candles and settings
};

struct PrepareSummary {
  std::size_t written = 0, unchanged = 0, removed = 0, samples = 0, rows = 0;
  std::size_t filled_minutes = 0, minutes = 0, skipped_rows = 0;
};

/// Writes one shard per coin and month from raw candles, and the manifest. Keeps shards that are
/// unchanged, and removes listed shards of months and coins that the settings no longer cover.
/// Calls `progress` after each month. Throws Error (data) for bad candles and Error (disk) if a
/// file cannot be written; finished coins stay in the manifest.
PrepareSummary prepare_shards(Config const& config,
                              std::function<void(PreparedMonth const&)> const& progress);

}  // namespace moneta
