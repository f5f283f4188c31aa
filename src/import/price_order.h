// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

#include "import/read_rows.h"

namespace moneta {

/// Puts the prices of rows in one of the orders that exchanges use (open, high, low, close; low,
/// high, open, close; open, close, high, low) into the first of these orders: the one in which no
/// price is outside low to high. Of two such orders, bars that open where the bar before closed
/// decide, or with few bars the unit of the times. The rows are sorted by time. Returns the columns
/// in the order that was found, and appends what was concluded. Throws Error (config) that names
/// --columns if nothing decides, Error (data) if no order makes candles of the rows.
std::string resolve_price_order(std::span<RawRow> rows, TimeForm form, TextTable const& table,
                                std::string const& name, std::vector<std::string>& decisions);

}  // namespace moneta
