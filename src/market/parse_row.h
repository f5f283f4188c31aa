// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "market/candle.h"
#include "market/candle_range.h"

namespace moneta {

/// Why a row of raw candles is not a valid candle.
enum class RowFault {
  columns,       ///< another number of columns than the header
  empty,         ///< an empty line before the last row
  number,        ///< a value that is not a finite number
  price,         ///< a price or volume that no candle has
  time,          ///< a timestamp that is not the start of a minute
  seconds,       ///< a timestamp in another unit than milliseconds
  microseconds,  ///< likewise
  nanoseconds,   ///< likewise
  order,         ///< a timestamp that does not fit between those of the rows around it
  repeated,      ///< a minute that another row has
  future,        ///< a timestamp after the present
};
inline constexpr std::size_t row_fault_count = 11;

/// The fault in a few words, for counts: "timestamp in microseconds".
char const* to_string(RowFault fault);

struct BadRow {
  RowFault fault;
  std::string text;  ///< with the value: "high '1' is below low '2'"
};

/// The value of a cell for a message.
std::string quoted_cell(std::string_view text);

/// The number of columns that a header line `timestamp,open,high,low,close,volume[,value]`
/// announces; a byte order mark may precede it. None if it is another line.
std::optional<std::size_t> columns_of_header(std::string_view line);

/// Parses `timestamp,open,high,low,close,volume[,value]` with 6 or 7 columns into `candle` and
/// checks everything that one row shows. Returns what is wrong, or nothing.
std::optional<BadRow> parse_row(std::string_view line, std::size_t columns, Candle& candle,
                                OpenPrice open = OpenPrice::in_range);

}  // namespace moneta
