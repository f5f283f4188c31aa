// SPDX-License-Identifier: Apache-2.0
// Candle files of others: the text after the first line, which is the name of the file.
#include <algorithm>
#include <cmath>

#include "fuzz/target.h"
#include "import/read_source.h"

namespace moneta::fuzz {

static void check(ImportedCandles const& imported) {
  expect_printable(imported.form + imported.exchange + imported.market);
  for (auto const& decision : imported.decisions) expect_printable(decision);
  expect(imported.coin.find('/') == std::string::npos, "a coin is no path");
  expect(imported.interval_minutes >= 1, "bars have a length");
  auto const& candles = imported.candles;
  expect(candles.size() + imported.empty_rows + imported.repeated_rows + imported.unfinished_rows ==
             imported.rows,
         "each row is counted once");
  for (std::size_t i = 0; i < candles.size(); ++i) {
    expect(i == 0 || candles[i - 1].time_s < candles[i].time_s, "time increases");
    expect(candles[i].low > 0 && candles[i].high >= std::max(candles[i].low, candles[i].close),
           "prices are positive and in order");
    expect(std::isfinite(candles[i].volume) && candles[i].volume >= 0, "volumes are positive");
  }
}

void try_bytes(std::string_view bytes) {
  std::size_t const line = bytes.find('\n');
  if (line == std::string_view::npos || line > 100) return;
  std::string const name = "x" + std::string(bytes.substr(0, line));
  if (std::any_of(name.begin(), name.end(), [](char c) { return c < ' ' || c > '~'; })) return;
  ImportOptions options;
  options.now_s = 1767225600;
  options.any_interval = true;
  for (bool const has_zone : {false, true}) {
    if (has_zone) options.utc_offset_minutes = 540;
    try {
      for (auto const& each : read_source(bytes.substr(line + 1), name, options)) check(each);
    } catch (Error const& error) {
      auto const kind = error.kind() == ErrorKind::config ? ErrorKind::config : ErrorKind::data;
      expect_refusal(error, kind, name);
    }
  }
}

}  // namespace moneta::fuzz
