// SPDX-License-Identifier: Apache-2.0
#include "fetch/check_page.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/time.h"
#include "market/candle_range.h"

namespace moneta {
namespace {

std::string numbers_of(Candle const& candle) {
  return fmt::format("open {}, high {}, low {}, close {}, volume {}", candle.open, candle.high,
                     candle.low, candle.close, candle.volume);
}

}  // namespace

CheckedPage check_page(std::vector<Candle> received, BadRows on_bad_row) {
  std::stable_sort(received.begin(), received.end(),
                   [](Candle const& a, Candle const& b) { return a.time_s < b.time_s; });
  CheckedPage page;
  for (Candle const& candle : received) {
    page.times.push_back(candle.time_s);
    bool const repeats =
        !page.candles.empty() && page.candles.back().time_s == candle.time_s && is_valid(candle);
    if (repeats && page.candles.back() == candle) continue;
    if (!repeats && is_valid(candle)) {
      page.candles.push_back(candle);
      continue;
    }
    std::string const what = fmt::format("{} with {}", utc_text(candle.time_s), numbers_of(candle));
    MONETA_REQUIRE(
        on_bad_row == BadRows::skip, data,
        "the exchange sent the candle {} ({}). Try again later, or set data.on_bad_row to skip?",
        what,
        repeats ? "and another one of this minute with other numbers"
                : "which breaks the rules for raw candles in data/README.md");
    page.left_out.push_back(what);
  }
  return page;
}

}  // namespace moneta
