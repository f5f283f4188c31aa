// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "market/candle.h"
#include "market/parse_row.h"

namespace moneta {

/// Candles with the lines of the file that they come from.
struct CandleRows {
  std::vector<Candle> candles;
  std::vector<std::uint32_t> lines;  ///< as many
};

/// Receives a row that is left out: its fault, its line, and a function that makes the text.
using OnBadRow =
    std::function<void(RowFault fault, std::size_t line, std::function<std::string()> const& text)>;

/// True if most rows are earlier than the row before.
bool is_newest_first(std::vector<Candle> const& candles);

/// Leaves out rows until the times strictly increase. The rows that stay are the longest series of
/// the file whose times do not decrease: a row whose time does not fit between those around it is
/// the wrong one, not the rows after it. Of two candles of one minute the complete one stays, which
/// is the one with the larger volume, or else the wider range, or else the later one.
void order_rows(CandleRows& rows, OnBadRow const& on_bad_row);

}  // namespace moneta
