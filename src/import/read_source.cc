// SPDX-License-Identifier: Apache-2.0
#include "import/read_source.h"

#include <utility>

#include "base/error.h"
#include "import/csv_table.h"
#include "import/json_table.h"
#include "import/market_candles.h"
#include "import/read_rows.h"
#include "import/recognize.h"
#include "import/refuse_content.h"

namespace moneta {
namespace {

bool is_json(std::string_view text) {
  std::size_t const first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && (text[first] == '[' || text[first] == '{');
}

/// The rows of each market, in the order of the text.
std::vector<std::vector<RawRow>> by_market(RawRows raw) {
  std::vector<std::vector<RawRow>> groups(raw.markets.size());
  if (groups.size() == 1) {
    groups[0] = std::move(raw.rows);
    return groups;
  }
  for (RawRow const& row : raw.rows) groups[row.market].push_back(row);
  return groups;
}

}  // namespace

std::vector<ImportedCandles> read_source(std::string_view text, std::string const& name,
                                         ImportOptions const& options) {
  refuse_other_content(text, name);
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // byte order mark
  auto const table = is_json(text) ? make_json_table(text, name) : make_csv_table(text, name);
  Reading reading = recognize(*table, name, options);
  RawRows raw = read_rows(*table, name, reading);
  if (raw.changed_unit_at > 0) {
    reading.decisions.push_back(
        fmt::format("The unit of the times changes at {}; each time is read by its size.",
                    table->place_text(raw.changed_unit_at)));
  }
  auto const markets = raw.markets;
  auto const empty_rows = raw.empty_rows;
  auto const unfinished_rows = raw.unfinished_rows;
  auto groups = by_market(std::move(raw));
  std::vector<ImportedCandles> imported;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (groups[i].empty()) continue;
    std::size_t const rows = groups[i].size() + empty_rows[i] + unfinished_rows[i];
    auto candles =
        make_market_candles(std::move(groups[i]), markets[i], *table, name, options, reading);
    candles.rows = rows;
    candles.empty_rows = empty_rows[i];
    candles.unfinished_rows += unfinished_rows[i];
    if (!candles.candles.empty()) imported.push_back(std::move(candles));
  }
  MONETA_REQUIRE(
      !imported.empty(), data,
      "'{}' contains no candle (all its rows are empty or unfinished). Is its period right?", name);
  return imported;
}

}  // namespace moneta
