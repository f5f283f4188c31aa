// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>

#include "config/config.h"
#include "data/common_end.h"
#include "data/file_stamps.h"
#include "data/shard_folder.h"
#include "market/read_candles.h"

namespace moneta {

/// The raw file of a coin, and what is known of its candles.
struct CoinFile {
  std::string coin;
  std::filesystem::path path;
  std::optional<FileStamp> stamp;    ///< of the file, before it was read
  std::optional<CoinStamp> earlier;  ///< what is known of the file if it has not changed
  std::optional<CoinSpan> span;      ///< none if the candles cannot be read
  bool was_read = false;             ///< `span` is that of the candles
  std::optional<RawCandles> kept;    ///< candles that were read before they are used

  /// False if `span` is only that of the first and the last row.
  bool is_span_certain() const { return was_read || earlier.has_value(); }
};

/// Reads the raw files of a preparation: first when each coin has candles, later the candles. Calls
/// for different files may be made at the same time.
class CoinReader {
 public:
  /// `now_s` is the present. The config and the folder outlive the reader.
  CoinReader(DataConfig const& data, std::int64_t now_s, ShardFolder& folder);

  /// Finds the file and from when to when it has candles: by an earlier preparation if it has not
  /// changed, else by its first and last rows, else by all. Throws Error (data) if it cannot be
  /// read.
  void find_span(CoinFile& file);
  /// Returns the candles, kept ones or from the file. The first time, the span becomes theirs.
  /// Throws Error (data) if they are wrong, and then there is no span.
  RawCandles take_candles(CoinFile& file) const;
  /// Keeps candles for the next `take_candles`, unless too many are kept already.
  void keep(CoinFile& file, RawCandles candles);

  /// What the next preparation needs to know of a coin whose minutes end at `end_s`; none if that
  /// is unknown.
  std::optional<CoinStamp> stamp_for(CoinFile const& file, std::int64_t end_s) const;

 private:
  DataConfig const& data_;
  std::int64_t const now_s_;
  ShardFolder& folder_;
  std::string const rules_;
  std::mutex mutex_;  // guards kept_bytes_
  std::size_t kept_bytes_ = 0;
};

}  // namespace moneta
