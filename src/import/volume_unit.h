// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

#include "import/read_rows.h"

namespace moneta {

/// Makes RawRow::volume the volume in the base coin, and appends what was concluded. Of two volumes
/// whose quotient is a price of the bar, the divisor is in the base coin; contracts of 10 or 100
/// units of the quote currency are found as well. Throws Error (data) if all volumes are 0 while
/// prices move, as in files of mark or index prices, or if a row has none.
void resolve_volume(std::span<RawRow> rows, TextTable const& table, std::string const& name,
                    Reading const& reading, std::vector<std::string>& decisions);

}  // namespace moneta
