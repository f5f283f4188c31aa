// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bad_rows.h"
#include "market/candle.h"

namespace moneta {

/// The candles of a page after they were checked.
struct CheckedPage {
  std::vector<std::int64_t> times;    ///< of all candles, in increasing order, in seconds
  std::vector<Candle> candles;        ///< the good ones, in increasing order, each minute once
  std::vector<std::string> left_out;  ///< a sentence for each bad candle, with BadRows::skip
};

/// Sorts the candles of a page, removes repeated ones, and checks their numbers by the rules for
/// raw candles. A bad candle, or two different candles of one minute, throws Error (data) that
/// names the minute and the value; with BadRows::skip, bad candles and the later ones of a minute
/// are left out.
CheckedPage check_page(std::vector<Candle> received, BadRows on_bad_row);

}  // namespace moneta
