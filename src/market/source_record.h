// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "market/candle.h"

namespace moneta {

/// Where some of the candles of a coin come from.
struct CandleOrigin {
  std::string writer;    ///< "import", "fetch" or "synth"
  std::string source;    ///< name of the file, or base URL of the exchange; printable
  std::string form;      ///< "Binance Vision klines (CSV)"
  std::string exchange;  ///< "binance"; empty if unknown
  std::string market;    ///< the exchange's own symbol, "BTCUSDT"; empty if unknown
};

/// One contribution to a coin's candles, as the sidecar lists it.
struct SourceSpan {
  std::string writer, source, form;      ///< as in CandleOrigin
  std::int64_t first_s = 0, last_s = 0;  ///< first and last candle that it added or replaced
  std::size_t candles = 0;               ///< how many it added or replaced
  std::int64_t written_s = 0;            ///< wall clock
  std::string version;                   ///< of the program
};

/// A version of a coin's candle file.
struct CandleFileState {
  std::uint64_t bytes = 0;
  std::string sha256;
  std::size_t candles = 0;
  Candle first, newest;
  std::string exchange, market;  ///< empty if unknown
  bool artificial = false;
  std::vector<SourceSpan> spans;  ///< oldest contribution first
};

/// The sidecar of a coin's candle file.
struct SourceRecord {
  std::string coin;
  std::int64_t interval_minutes = 1;
  CandleFileState state;
  /// The version that is about to replace `state`. A crash leaves it; then the digest of the candle
  /// file tells which of the two is in place.
  std::optional<CandleFileState> next;
};

/// The candle file in a raw folder, `<coin>.csv.gz`, and its sidecar, `<coin>.source.json`. Bars
/// longer than a minute are in `<coin>@<minutes>m.csv.gz`: no configuration can name such a coin,
/// so they are never taken for minutes.
std::filesystem::path candle_path(std::filesystem::path const& folder, std::string const& coin,
                                  std::int64_t interval_minutes);
std::filesystem::path source_record_path(std::filesystem::path const& folder,
                                         std::string const& coin, std::int64_t interval_minutes);

/// None if there is no file. Throws Error (data) if it cannot be read or is not a source record.
std::optional<SourceRecord> read_source_record(std::filesystem::path const& path);

/// The file appears whole or not at all. Throws Error (disk).
void write_source_record(std::filesystem::path const& path, SourceRecord const& record);

}  // namespace moneta
