// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "import/text_table.h"

namespace moneta {

/// Throws Error (data) that says what the table is if it is none of candles: single trades, an
/// order book, funding rates, mark or index prices.
void refuse_other_tables(TextTable const& table, std::string const& name);

}  // namespace moneta
