// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "market/candle.h"

namespace moneta {

/// What the user decides where the content of a file leaves a choice.
struct ImportOptions {
  std::optional<std::int64_t> utc_offset_minutes;  ///< --time-zone, of times without a zone
  std::vector<std::string> columns;                ///< --columns, the meaning of each; "-" is none
  bool any_interval = false;                       ///< bars longer than a minute are accepted
  std::optional<std::int64_t> now_s;               ///< when this happens; the clock's if empty
};

/// Candles of one market, read from one text.
struct ImportedCandles {
  std::string form;      ///< the form that was recognized: "Binance Vision klines (CSV)"
  std::string exchange;  ///< "binance"; empty if the content does not say
  std::string market;    ///< the symbol in the content or in the name: "BTCUSDT"; may be empty.
                         ///< "BTCUSDT (futures)" for a future or perpetual that has no other name
  std::string coin;      ///< in Moneta's form, quote first: "USDT-BTC"; empty if unknown
  std::int64_t interval_minutes = 1;
  std::vector<Candle> candles;  ///< in increasing order of time

  std::vector<std::string> decisions;  ///< what was concluded from the content, one sentence each
  std::size_t rows = 0;                ///< rows of candles in the text
  std::size_t empty_rows = 0;          ///< rows without prices: minutes without a trade
  std::size_t repeated_rows = 0;       ///< equal to another row
  std::size_t unfinished_rows = 0;     ///< the last bar, which had not ended
};

/// Recognizes the form of a text from its content and reads its candles; a text with rows of
/// several markets gives one element for each. `name` is the name of the file without its folder;
/// it is used only for the market, the interval and messages. Throws Error (data) that names the
/// file, the line and what to do if the form is not known, a row is no candle, or bars are longer
/// than a minute without `any_interval`; Error (config) that names the option if the content leaves
/// a choice.
std::vector<ImportedCandles> read_source(std::string_view text, std::string const& name,
                                         ImportOptions const& options);

}  // namespace moneta
