// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "market/candle.h"

namespace moneta {

/// Where some of the candles of a coin come from.
struct CandleOrigin {
  std::string writer;    ///< "import", "fetch" or "synth"
  std::string source;    ///< name of the file, or base URL of the exchange
  std::string form;      ///< "Binance Vision klines (CSV)"
  std::string exchange;  ///< "binance"; empty if unknown
  std::string market;    ///< the exchange's own symbol, "BTCUSDT"; empty if unknown
};

/// A candle that is stored with other numbers than those offered.
struct CandleDifference {
  Candle stored, offered;
};

/// The result of `merge_candles`.
struct MergeResult {
  std::size_t added = 0;                      ///< minutes that were not stored
  std::size_t equal = 0;                      ///< minutes that were stored with the same numbers
  std::size_t different = 0;                  ///< minutes that were stored with other numbers
  std::vector<CandleDifference> differences;  ///< the first 20 of them
};

/// What happens to a stored candle if another one of the same time is offered.
enum class OnDifference { keep, replace };

/// The newest candle that the raw folder has of a coin, and how many; none if it has no file.
/// Throws Error (data) if there is a file that `merge_candles` did not write, or if it is damaged.
struct StoredCandles {
  std::size_t candles = 0;
  Candle first, newest;
};
std::optional<StoredCandles> stored_candles(std::filesystem::path const& folder,
                                            std::string const& coin);

/// Merges candles, in increasing order of time, into `<folder>/<coin>.csv.gz`, and their origin
/// into its sidecar `<coin>.source.json`. The caller holds the FolderLock of the folder. Both files
/// appear whole or not at all; candles that all lie after the stored ones are appended without
/// compressing those again, and nothing is written if nothing changes. Throws Error (data) if the
/// folder has a file of the coin that this function did not write or that was changed since, or if
/// one of the two has real candles and the other artificial ones, or candles of another exchange or
/// market; Error (disk) if a file cannot be written.
MergeResult merge_candles(std::filesystem::path const& folder, std::string const& coin,
                          std::span<Candle const> candles, CandleOrigin const& origin,
                          std::int64_t interval_minutes, OnDifference on_difference);

}  // namespace moneta
