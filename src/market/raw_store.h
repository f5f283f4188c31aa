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
#include "market/candle_range.h"
#include "market/source_record.h"

namespace moneta {

/// A candle that is stored with other numbers than those offered.
struct CandleDifference {
  Candle stored, offered;
};

/// What became of the candles that were offered.
struct MergeResult {
  std::size_t added = 0;                      ///< minutes that were not stored
  std::size_t equal = 0;                      ///< minutes that were stored with the same numbers
  std::size_t different = 0;                  ///< minutes that were stored with other numbers
  std::vector<CandleDifference> differences;  ///< the first 20 of them
};

/// What happens to a stored candle if another one of the same time is offered.
enum class OnDifference { keep, replace };

/// What the raw folder has of a coin.
struct StoredCandles {
  std::size_t candles = 0;
  Candle first, newest;
};

/// What a candle file without a sidecar is.
enum class WithoutSidecar {
  foreign,    ///< written by somebody else: an error
  artificial  ///< written by `moneta synth` of a version without sidecars; it gets one
};

/// Throws Error (config) if the coin's name cannot be that of a file.
void require_coin_name(std::string const& coin);

/// A coin's candles in a raw folder: opened, changed in memory, and written once. The candle file
/// and its sidecar (see source_record_path) always match for the next call, whatever ends this
/// process. The caller holds the FolderLock of the folder if it writes.
class RawCoin {
 public:
  /// Verifies that the candle file is as this program wrote it. Throws Error (data) if the folder
  /// has a file of the coin that this program did not write or that was changed since, or as
  /// require_coin_name does.
  RawCoin(std::filesystem::path const& folder, std::string const& coin,
          std::int64_t interval_minutes = 1,
          WithoutSidecar without_sidecar = WithoutSidecar::foreign);

  /// Candles that are stored or were added since; none if there are none.
  std::optional<StoredCandles> stored() const;

  /// Throws Error (data) if candles of this origin do not belong here: the stored candles are
  /// artificial and these are not, or the reverse, or they are of another exchange, or of another
  /// market of it.
  void require_origin(CandleOrigin const& origin) const;

  /// Adds candles, which are in increasing order of time. Throws Error (data), and changes nothing,
  /// if read_candles would reject one of them, or as require_origin does.
  MergeResult merge(std::span<Candle const> candles, CandleOrigin const& origin,
                    OnDifference on_difference);

  /// Makes artificial candles the only ones. Throws Error (data) if real candles are stored.
  void replace_all(std::span<Candle const> candles, CandleOrigin const& origin);

  /// Whether `write` would write.
  bool is_changed() const { return rewrite_ || !appended_.empty(); }

  /// Writes both files, whole or not at all, if there is a change; call it once. Candles that all
  /// lie after those of the file are appended without compressing those again. Returns whether
  /// anything was written. Throws Error (disk).
  bool write();

 private:
  void verify_file();
  void adopt_artificial_file();
  OpenPrice open_price() const;
  std::vector<Candle>& in_file();
  void add_span(CandleOrigin const& origin, std::size_t candles, std::int64_t first_s,
                std::int64_t last_s);
  void write_candle_file(std::filesystem::path const& temporary);

  std::filesystem::path file_, sidecar_;
  bool has_file_ = false;
  SourceRecord record_;                         ///< its `state` is that of the file in place
  CandleFileState next_;                        ///< of the version that `write` writes
  std::optional<std::vector<Candle>> in_file_;  ///< candles of the file, read when needed
  std::vector<Candle> appended_;                ///< candles later than those
  bool rewrite_ = false;                        ///< whether in_file_ has changed
};

/// The candles that the raw folder has of a coin; none if it has no file. Throws as RawCoin does.
std::optional<StoredCandles> stored_candles(std::filesystem::path const& folder,
                                            std::string const& coin);

/// Merges candles into the raw folder: RawCoin, `merge` and `write`.
MergeResult merge_candles(std::filesystem::path const& folder, std::string const& coin,
                          std::span<Candle const> candles, CandleOrigin const& origin,
                          std::int64_t interval_minutes, OnDifference on_difference);

}  // namespace moneta
