// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

#include "import/parse_cell.h"
#include "import/text_table.h"

namespace moneta {

/// The first rows of a table, for conclusions about its columns.
struct Sample {
  std::vector<std::vector<std::string_view>> rows;  ///< all as wide as the table

  explicit Sample(TextTable const& table) {
    constexpr std::size_t most_rows = 300;
    table.visit_rows([&](TableRow const& row) {
      if (row.cells.size() == table.columns) rows.emplace_back(row.cells.begin(), row.cells.end());
      return rows.size() < most_rows;
    });
  }

  /// True if `holds` is true for nearly all cells of the column that are not missing, and for one.
  template <class Condition>
  bool nearly_all(std::size_t column, Condition const& holds) const {
    std::size_t cells = 0;
    std::size_t held = 0;
    for (auto const& row : rows) {
      if (is_missing(row[column])) continue;
      ++cells;
      if (holds(row[column])) ++held;
    }
    return held > 0 && 10 * held >= 9 * cells;
  }

  bool are_flags(std::size_t column) const {
    return nearly_all(column, [](std::string_view cell) { return cell == "0" || cell == "1"; });
  }
};

}  // namespace moneta
