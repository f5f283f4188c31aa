// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fuzz/target.h"
#include "market/read_candles.h"
#include "market/write_candles.h"
#include "support/scratch_folder.h"

namespace moneta::fuzz {

inline bool same(Candle const& a, Candle const& b) {
  return a.time_s == b.time_s && a.open == b.open && a.high == b.high && a.low == b.low &&
         a.close == b.close && a.volume == b.volume;
}

/// Reads raw candles under this name with both policies, writes them and reads them again.
inline void try_candles(std::string const& name, std::string_view bytes) {
  auto const path = scratch() / name;
  write_bytes(path, bytes);
  RawCandles strict, lenient;
  bool const good =
      accepts(ErrorKind::data, name, [&] { strict = read_candles(path, BadRows::error); });
  bool const usable =
      accepts(ErrorKind::data, name, [&] { lenient = read_candles(path, BadRows::skip); });
  expect(usable || !good, "candles without bad rows are accepted by both policies");
  if (!usable) return;
  auto const& candles = lenient.candles;
  for (std::size_t i = 1; i < candles.size(); ++i) {
    expect(candles[i - 1].time_s < candles[i].time_s, "time increases");
  }
  if (good) {
    expect(lenient.skipped_rows == 0 && strict.candles.size() == candles.size(),
           "no row is skipped if none is bad");
  }
  auto const copy = scratch() / ("copy." + name);
  write_candles(copy, candles);
  auto const again = read_candles(copy, BadRows::error).candles;
  expect(again.size() == candles.size(), "all candles are read back");
  for (std::size_t i = 0; i < candles.size(); ++i) {
    expect(same(again[i], candles[i]), "every candle is read back bit for bit");
  }
}

}  // namespace moneta::fuzz
