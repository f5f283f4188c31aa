// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace moneta {

/// One row of a table. The views are valid as long as the table, the span until the next row.
struct TableRow {
  std::size_t place = 0;  ///< line of a CSV text or element of a JSON array, from 1
  std::span<std::string_view const> cells;  ///< without quotes and outer blanks; null is empty
};

/// A CSV or JSON text as rows of cells. Rows are split while they are visited, so that a table of
/// any length takes no memory of its own.
class TextTable {
 public:
  TextTable() = default;
  TextTable(TextTable const&) = delete;
  TextTable& operator=(TextTable const&) = delete;
  virtual ~TextTable() = default;

  /// Calls `visit` for each row until it returns false. Throws Error (data) if the text is damaged.
  virtual void visit_rows(std::function<bool(TableRow const&)> const& visit) const = 0;

  /// "line 12" or "candle 12", for messages.
  virtual std::string place_text(std::size_t place) const = 0;

  /// A value of a JSON reply outside its rows; empty if there is none.
  std::string fact(std::string const& key) const {
    auto const found = facts.find(key);
    return found == facts.end() ? std::string{} : found->second;
  }

  bool is_json = false;
  std::vector<std::string> header;           ///< names of the columns; empty if there are none
  std::size_t columns = 0;                   ///< cells of the first row
  std::vector<std::string> preamble;         ///< lines before the header of a CSV text
  std::map<std::string, std::string> facts;  ///< values of a JSON reply outside its rows
  std::vector<std::string> path;             ///< keys that lead to the rows of a JSON reply
};

}  // namespace moneta
