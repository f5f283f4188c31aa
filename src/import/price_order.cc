// SPDX-License-Identifier: Apache-2.0
#include "import/price_order.h"

#include <algorithm>
#include <array>
#include <cmath>

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

/// An order and what speaks for it.
struct Choice {
  Order const* order = nullptr;
  char const* reason = "";
};

/// Of two orders that both make candles: the one in which bars open where the bar before closed, or
/// with few bars that of the exchanges whose times have this unit. Nothing if neither decides.
Choice choose(std::span<Order const* const> two, std::span<RawRow const> rows, TimeForm form) {
  constexpr std::size_t least_rows = 10;
  std::array<double, 2> const gaps = {total_gap(rows, *two[0]), total_gap(rows, *two[1])};
  std::size_t const better = gaps[1] < gaps[0] ? 1 : 0;
  if (rows.size() >= least_rows && 2 * gaps[better] < gaps[1 - better]) {
    return {two[better], "only so do bars open where the bar before closed"};
  }
  for (Order const* order : two) {
    if (order == &orders[1] && form == TimeForm::seconds) {
      return {order, "it is that of Coinbase, whose times are seconds as well"};
    }
    if (order == &orders[2] && form == TimeForm::milliseconds) {
      return {order, "it is that of Bitfinex and Bithumb, whose times are milliseconds as well"};
    }
  }
  return {};
}

}  // namespace

std::string resolve_price_order(std::span<RawRow> rows, TimeForm form, TextTable const& table,
                                std::string const& name, std::vector<std::string>& decisions) {
  // Bars that are candles in three orders are the same candles in two of them.
  auto const possible = possible_orders(rows, table, name);
  Choice const choice = possible.size() == 1
                            ? Choice{possible[0], "only so is no price outside low to high"}
                            : choose(possible, rows, form);
  MONETA_REQUIRE(
      choice.order != nullptr, config,
      "'{}': the order of the prices is not certain ({} rows are candles both as {} and as {}). Give --columns, for example --columns time,open,high,low,close,volume?",
      name, rows.size(), possible[0]->columns, possible[1]->columns);
  for (RawRow& row : rows) row.prices = in_order(row, *choice.order);
  if (choice.order != &orders[0]) {
    decisions.push_back(
        fmt::format("The prices are in the order {}: {}.", choice.order->columns, choice.reason));
  }
  return choice.order->columns;
}

}  // namespace moneta
