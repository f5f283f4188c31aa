// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

#include "import/read_rows.h"

namespace moneta {

/// Puts the prices of rows in one of the orders that exchanges use (open, high, low, close; low,
/// high, open, close; open, close, high, low) into the first of these orders: the one in which no
/// price is outside low to high, and in which bars open where the bar before closed. The rows are
/// sorted by time. Returns the columns in the order that was found, and appends what was concluded.
/// Throws Error (config) that names --columns if the numbers do not decide, Error (data) if no
/// order makes candles of them.
std::string resolve_price_order(std::span<RawRow> rows, TextTable const& table,
                                std::string const& name, std::vector<std::string>& decisions);

}  // namespace moneta
