// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "import/read_rows.h"
#include "import/read_source.h"
#include "import/text_table.h"

namespace moneta {

/// Makes candles of the rows of one market: sorts them, finds the order of the prices, the length
/// of the bars and the unit of the volume, and leaves out repeated rows and bars that have not
/// ended. `row_market` is the symbol in the rows, or empty. The counts of rows and empty rows are
/// left to the caller. Throws like read_source.
ImportedCandles make_market_candles(std::vector<RawRow> rows, std::string const& row_market,
                                    TextTable const& table, std::string const& name,
                                    ImportOptions const& options, Reading const& reading);

}  // namespace moneta
