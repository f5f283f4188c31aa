// SPDX-License-Identifier: Apache-2.0
#include "import/array_form.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/text.h"

namespace moneta {
namespace {

using R = Role;

bool are_plausible_times(Sample const& sample, std::size_t column) {
  return sample.nearly_all(column, [](std::string_view cell) {
    return parse_time(cell).has_value() || is_rounded_time(cell);
  });
}

bool are_whole_numbers(Sample const& sample, std::size_t column) {
  return sample.nearly_all(column, [](std::string_view cell) {
    auto const number = parse_number(cell);
    return number && *number == std::floor(*number);
  });
}

bool are_seconds(Sample const& sample, std::size_t column) {
  return sample.nearly_all(column, [](std::string_view cell) {
    auto const time = parse_time(cell);
    return time && time->form == TimeForm::seconds;
  });
}

/// True if the column is a mean price of the bars, from their low to their high, or 0.
bool are_mean_prices(Sample const& sample, std::size_t column, std::size_t high, std::size_t low) {
  std::size_t inside = 0;
  std::size_t rows = 0;
  for (auto const& row : sample.rows) {
    auto const mean = parse_number(row[column]).value_or(0);
    auto const top = parse_number(row[high]).value_or(0);
    auto const bottom = parse_number(row[low]).value_or(0);
    if (mean == 0) continue;  // Kraken, in minutes without a trade
    ++rows;
    if (mean >= bottom * 0.999 && mean <= top * 1.001) ++inside;
  }
  return 10 * inside >= 9 * rows;
}

/// Roles of columns without names, from the column of the time on.
struct Layout {
  std::vector<Role> roles;
  std::string form;
  bool price_order_is_known = true;
};

std::optional<Layout> layout_of(TextTable const& table, Sample const& sample, std::size_t first) {
  std::size_t const count = table.columns - first;
  Layout layout;
  layout.roles = {R::time, R::open, R::high, R::low, R::close};
  auto const add = [&](std::initializer_list<Role> more) {
    layout.roles.insert(layout.roles.end(), more);
  };
  if (count == 6) {
    add({R::volume});
    layout.form = "rows of time, prices and volume";
    layout.price_order_is_known = false;
  } else if (count == 7) {
    bool const is_count = are_whole_numbers(sample, first + 6) && are_seconds(sample, first);
    add({R::volume, is_count ? R::none : R::other_volume});
    layout.form = is_count ? "Kraken OHLCVT" : "rows of time, prices and two volumes";
    layout.price_order_is_known = is_count;
  } else if (count == 8 && are_mean_prices(sample, first + 5, first + 2, first + 3)) {
    add({R::none, R::volume, R::none});
    layout.form = "Kraken OHLC";
  } else if (count == 9 && sample.are_flags(first + 8)) {
    add({R::volume, R::other_volume, R::quote_volume, R::confirm});
    layout.form = "OKX candles";
  } else if ((count == 11 || count == 12) && are_plausible_times(sample, first + 6)) {
    add({R::volume, R::close_time, R::quote_volume, R::none, R::none, R::none});
    if (count == 12) add({R::none});
    layout.form = "Binance klines";
  } else {
    return std::nullopt;
  }
  layout.roles.insert(layout.roles.begin(), first, R::none);  // numbers of the rows
  return layout;
}

std::optional<std::size_t> first_times(TextTable const& table, Sample const& sample) {
  for (std::size_t column = 0; column < std::min<std::size_t>(table.columns, 3); ++column) {
    if (are_plausible_times(sample, column)) return column;
  }
  return std::nullopt;
}

Layout require_layout(TextTable const& table, Sample const& sample, std::string const& name) {
  auto const row = [&] {
    return sample.rows.empty() ? std::string{} : sanitized(joined(sample.rows.front(), ","), 200);
  };
  bool const has_words = std::any_of(sample.rows.begin(), sample.rows.end(), [](auto const& cells) {
    return std::any_of(cells.begin(), cells.end(), [](std::string_view cell) {
      auto const word = plain_name(cell);
      return word == "true" || word == "false" || word == "buy" || word == "sell";
    });
  });
  MONETA_REQUIRE(
      table.columns >= 5 && !has_words, data,
      "'{}' contains no candles (a row is '{}': it looks like single trades or another table). Export candles of one minute instead?",
      name, row());
  auto const first = first_times(table, sample);
  auto const layout = first ? layout_of(table, sample, *first) : std::nullopt;
  MONETA_REQUIRE(
      layout, config,
      "'{}': the meaning of its {} columns is not known (there is no header, and a row is '{}'). Give it, for example --columns time,open,high,low,close,volume?",
      name, table.columns, row());
  return *layout;
}

std::optional<std::int64_t> whole_number(std::string const& text) {
  auto const number = parse_number(text);
  if (!number || std::abs(*number) > 9e15) return std::nullopt;
  return static_cast<std::int64_t>(*number);
}

/// Replies of exchanges whose rows are arrays; false if it is none of them.
bool read_array_reply(TextTable const& table, Reading& reading) {
  using Path = std::vector<std::string>;
  if (table.facts.count("retCode") != 0 && table.path == Path{"result", "list"} &&
      table.columns == 7) {
    auto const category = table.fact("category");
    reading.form = fmt::format("Bybit v5 klines{}{} (REST JSON)", category.empty() ? "" : ", ",
                               sanitized(category, 20));
    reading.exchange = "bybit";
    reading.market = table.fact("symbol");
    reading.is_future = category == "linear" || category == "inverse";
    reading.roles = {R::time, R::open, R::high, R::low, R::close, R::volume, R::quote_volume};
    reading.reply_ms = whole_number(table.fact("time"));
  } else if (table.fact("status") == "0000" && table.columns == 6) {
    reading.form = "Bithumb candlesticks (REST JSON)";
    reading.exchange = "bithumb";
    reading.roles = {R::time, R::open, R::close, R::high, R::low, R::volume};
    reading.decisions.push_back(
        "The prices are in the order open, close, high, low, as in the "
        "replies of Bithumb.");
  } else if (table.path.size() == 2 && table.path[0] == "result" && table.columns == 8) {
    reading.form = "Kraken OHLC (REST JSON)";
    reading.exchange = "kraken";
    reading.market = table.path[1];
    reading.roles = {R::time, R::open, R::high, R::low, R::close, R::none, R::volume, R::none};
    if (auto const last = whole_number(table.fact("last"))) {
      reading.last_ended_ms = *last * 1000;
    }
  } else if (table.facts.count("code") != 0 && table.facts.count("msg") != 0 &&
             (table.columns == 7 || table.columns == 9)) {
    reading.form = "OKX v5 candles (REST JSON)";
    reading.exchange = "okx";
    reading.roles = {R::time, R::open, R::high, R::low, R::close, R::volume, R::other_volume};
    if (table.columns == 9) {
      reading.roles.insert(reading.roles.end(), {R::quote_volume, R::confirm});
    }
    reading.other_volume_is_base = true;
  } else {
    return false;
  }
  return true;
}

void read_positions(TextTable const& table, Sample const& sample, std::string const& name,
                    Reading& reading) {
  Layout layout = require_layout(table, sample, name);
  reading.roles = std::move(layout.roles);
  reading.price_order_is_known = layout.price_order_is_known;
  reading.form = layout.form + (table.is_json ? " (JSON)" : " (CSV)");
  if (layout.form.starts_with("Kraken")) reading.exchange = "kraken";
  if (layout.form.starts_with("OKX")) reading.exchange = "okx";
  if (layout.form.starts_with("Binance")) {
    reading.exchange = "binance";
    if (!table.is_json) reading.form = "Binance Vision klines (CSV)";
  }
}

}  // namespace

void read_arrays(TextTable const& table, Sample const& sample, std::string const& name,
                 Reading& reading) {
  if (!read_array_reply(table, reading)) read_positions(table, sample, name, reading);
}

}  // namespace moneta
