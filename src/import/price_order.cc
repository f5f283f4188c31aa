// SPDX-License-Identifier: Apache-2.0
#include "import/price_order.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/error.h"

namespace moneta {
namespace {

/// Positions of open, high, low and close among the four prices of a row.
struct Order {
  char const* columns;
  std::array<std::size_t, 4> positions;
};
constexpr std::array<Order, 3> orders = {{{"open, high, low, close", {0, 1, 2, 3}},
                                          {"low, high, open, close", {2, 1, 0, 3}},
                                          {"open, close, high, low", {0, 2, 3, 1}}}};

std::array<double, 4> in_order(RawRow const& row, Order const& order) {
  std::array<double, 4> prices{};
  for (std::size_t i = 0; i < prices.size(); ++i) prices[i] = row.prices[order.positions[i]];
  return prices;
}

bool is_candle(std::array<double, 4> const& prices) {
  auto const [open, high, low, close] = prices;
  return low <= std::min(open, close) && high >= std::max(open, close);
}

/// The first row that is no candle in this order, or null.
RawRow const* first_contradiction(std::span<RawRow const> rows, Order const& order) {
  auto const row = std::find_if(rows.begin(), rows.end(), [&](RawRow const& each) {
    return !is_candle(in_order(each, order));
  });
  return row == rows.end() ? nullptr : &*row;
}

/// How far bars open from the close of the bar before, in sum.
double total_gap(std::span<RawRow const> rows, Order const& order) {
  double gap = 0;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    gap += std::abs(in_order(rows[i], order)[0] - in_order(rows[i - 1], order)[3]);
  }
  return gap;
}

bool are_equal(std::span<RawRow const> rows, Order const& a, Order const& b) {
  return std::all_of(rows.begin(), rows.end(),
                     [&](RawRow const& row) { return in_order(row, a) == in_order(row, b); });
}

std::vector<Order const*> possible_orders(std::span<RawRow const> rows, TextTable const& table,
                                          std::string const& name) {
  std::vector<Order const*> possible;
  std::size_t latest = 0;
  for (Order const& order : orders) {
    auto const* const contradiction = first_contradiction(rows, order);
    if (contradiction == nullptr) {
      bool const is_new = std::none_of(possible.begin(), possible.end(), [&](Order const* other) {
        return are_equal(rows, *other, order);
      });
      if (is_new) possible.push_back(&order);
    } else {
      latest = std::max<std::size_t>(latest, contradiction->place);
    }
  }
  MONETA_REQUIRE(
      !possible.empty(), data,
      "'{}' {}: the four numbers after the time are no prices of a candle in any known order (high is not the largest or low not the smallest). Is the file damaged, a table of funding rates, or are its columns others (--columns)?",
      name, table.place_text(latest));
  return possible;
}

}  // namespace

std::string resolve_price_order(std::span<RawRow> rows, TextTable const& table,
                                std::string const& name, std::vector<std::string>& decisions) {
  auto const possible = possible_orders(rows, table, name);
  Order const* best = possible.front();
  if (possible.size() > 1) {
    double least = std::numeric_limits<double>::infinity();
    double second = least;
    for (Order const* order : possible) {
      double const gap = total_gap(rows, *order);
      if (gap < least) best = order;
      second = std::min(second, std::max(gap, least));
      least = std::min(least, gap);
    }
    constexpr std::size_t least_rows = 10;
    MONETA_REQUIRE(
        rows.size() >= least_rows && 2 * least < second, config,
        "'{}': the order of the prices is not certain ({} rows are candles both as {} and as {}). Give --columns, for example --columns time,open,high,low,close,volume?",
        name, rows.size(), possible[0]->columns, possible[1]->columns);
  }
  for (RawRow& row : rows) row.prices = in_order(row, *best);
  if (possible.size() > 1 || best != &orders[0]) {
    decisions.push_back(fmt::format("The prices are in the order {}: {}.", best->columns,
                                    possible.size() > 1
                                        ? "only so do bars open where the bar before closed"
                                        : "only so is no price outside low to high"));
  }
  return best->columns;
}

}  // namespace moneta
