// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "config/config.h"

namespace moneta {

/// What `prepare` did with one coin and month.
struct PreparedMonth {
  std::string coin, month;
  std::size_t samples = 0, rows = 0;
  bool unchanged = false;  ///< the shard was there already, made of the same candles and settings
};

struct PrepareSummary {
  std::size_t written = 0, unchanged = 0, removed = 0, samples = 0, rows = 0;
  std::size_t filled_minutes = 0, minutes = 0, skipped_rows = 0;
};

/// Raw candles -> features -> one shard per coin and month, and the manifest. Skips what is
/// there and unchanged, removes shards of months and coins that the settings no longer cover
/// only if they are its own. Calls `progress` after each month. Throws Error (data) for bad
/// candles, Error (disk) if a file cannot be written; what was finished stays.
PrepareSummary prepare_shards(Config const& config,
                              std::function<void(PreparedMonth const&)> const& progress);

}  // namespace moneta
