// SPDX-License-Identifier: Apache-2.0
#include "import/refuse_table.h"

#include <set>

#include "base/error.h"
#include "import/column_role.h"
#include "import/sample.h"

namespace moneta {
namespace {

/// OKX's mark and index prices have a flag in place of the volume.
void refuse_mark_prices(TextTable const& table, std::string const& name) {
  bool const is_mark = table.header.empty() && table.columns == 6 && Sample(table).are_flags(5) &&
                       table.facts.count("code") != 0;
  MONETA_REQUIRE(
      !is_mark, data,
      "'{}' contains mark or index prices of OKX (a row has prices and a flag but no volume; they are not trades). Import the candles of the market itself?",
      name);
}

}  // namespace

void refuse_other_tables(TextTable const& table, std::string const& name) {
  refuse_mark_prices(table, name);
  std::set<std::string> names;
  for (auto const& each : table.header) names.insert(plain_name(each));
  auto const has = [&](char const* each) { return names.count(each) != 0; };
  bool const is_book =
      has("bids") || has("asks") || has("bidprice") || has("askprice") || has("bestbid") ||
      table.facts.count("bids") != 0 ||
      (!table.path.empty() && (table.path.back() == "bids" || table.path.back() == "asks"));
  MONETA_REQUIRE(!is_book, data,
                 "'{}' contains an order book (bids and asks, no candles). Export candles instead?",
                 name);
  bool const has_amount =
      has("qty") || has("size") || has("amount") || has("quantity") || has("volume") || has("side");
  bool const is_trades =
      (has("price") || has("tradeprice")) && has_amount && !has("high") && !has("highprice");
  MONETA_REQUIRE(!is_trades, data,
                 "'{}' contains single trades (a price in each row, no candles). Export candles of "
                 "one minute instead?",
                 name);
  MONETA_REQUIRE(!has("fundingrate"), data,
                 "'{}' contains funding rates (no candles). Import the candles of the market?",
                 name);
}

}  // namespace moneta
