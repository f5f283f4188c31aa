// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "import/column_role.h"
#include "import/parse_cell.h"
#include "import/text_table.h"

namespace moneta {

/// How the rows of a table are to be read.
struct Reading {
  std::string form;      ///< "Binance Vision klines (CSV)"
  std::string exchange;  ///< empty if the content does not say
  std::string market;    ///< of a reply that names it; empty if the content does not say
  std::vector<Role> roles;
  std::size_t time_column = 0;
  TimeForm time_form = TimeForm::milliseconds;     ///< of the first rows
  bool time_is_end = false;                        ///< the time is the end of the bar
  std::optional<std::int64_t> utc_offset_minutes;  ///< zone of times that state none
  DateOrder date_order = DateOrder::month_first;
  bool price_order_is_known = true;      ///< else the numbers decide the order of the four prices
  bool is_future = false;                ///< the market is a future or a perpetual
  bool volume_is_quote = false;          ///< the volume is in the quote currency
  bool other_volume_is_base = false;     ///< where the numbers do not decide
  bool open_may_lie_outside = false;     ///< the open is the close of the bar before
  std::int64_t bar_minutes = 0;          ///< length of the bars that the content states, or 0
  std::optional<std::int64_t> reply_ms;  ///< bars that end later had not ended
  std::optional<std::int64_t> last_ended_ms;  ///< bars that start later had not ended
  std::vector<std::string> decisions;
};

/// The numbers of a row. A volume that is missing is NaN.
struct RawRow {
  std::int64_t time_ms = 0;
  std::array<double, 4> prices{};  ///< open, high, low, close
  double volume = 0, other_volume = 0, quote_volume = 0;
  std::uint32_t market = 0;  ///< of RawRows::markets
  std::uint32_t place = 0;   ///< of TableRow
};

struct RawRows {
  std::vector<RawRow> rows;
  std::vector<std::string> markets;  ///< at least one, which is empty if rows do not name theirs
  std::vector<std::size_t> empty_rows, unfinished_rows;  ///< by market
  std::size_t changed_unit_at = 0;  ///< place of the first row with another unit of time, or 0
};

/// Reads the numbers of all rows. Throws Error (data) that names the place, the column and the
/// value if a row is no candle.
RawRows read_rows(TextTable const& table, std::string const& name, Reading const& reading);

}  // namespace moneta
