// SPDX-License-Identifier: Apache-2.0
#include "import/recognize.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "import/time_column.h"

namespace moneta {
namespace {

/// Names of columns without case and punctuation.
class Names {
 public:
  explicit Names(TextTable const& table) {
    for (auto const& each : table.header) list_.push_back(plain_name(each));
  }

  bool has(std::string_view name) const {
    return std::find(list_.begin(), list_.end(), name) != list_.end();
  }
  bool has_all(std::initializer_list<std::string_view> names) const {
    return std::all_of(names.begin(), names.end(), [this](auto name) { return has(name); });
  }
  /// True if the columns are these, in this order.
  bool are(std::vector<std::string> const& names) const { return list_ == names; }
  std::vector<std::string> const& list() const { return list_; }

 private:
  std::vector<std::string> list_;
};

std::string fact_of(TextTable const& table, std::string const& key) {
  auto const found = table.facts.find(key);
  return found == table.facts.end() ? std::string{} : found->second;
}

// Roles by name

/// Two columns may have the same meaning; the one that counts stays.
void keep_one_of_each(std::vector<Role>& roles) {
  std::set<Role> seen;
  for (std::size_t i = 0; i < roles.size(); ++i) {
    Role& role = roles[i];
    bool const may_repeat = role == Role::none || role == Role::index_or_time ||
                            role == Role::time || role == Role::close_time;
    if (may_repeat || seen.insert(role).second) continue;
    bool const is_second_volume = role == Role::volume && seen.insert(Role::quote_volume).second;
    // "Volume BTC,Volume USD", "volume_btc,volume"
    role = is_second_volume ? Role::quote_volume : Role::none;
  }
}

std::vector<Role> roles_by_name(TextTable const& table) {
  std::vector<Role> roles;
  for (auto const& each : table.header) roles.push_back(role_of_name(each).role);
  roles.resize(table.columns, Role::none);
  Names const names(table);
  if (names.has_all({"homenotional", "foreignnotional"})) {
    // BitMEX: volume counts contracts, turnover is in satoshis.
    for (std::size_t i = 0; i < names.list().size(); ++i) {
      if (names.list()[i] == "volume" || names.list()[i] == "turnover") roles[i] = Role::none;
    }
  }
  keep_one_of_each(roles);
  return roles;
}

void refuse_other_tables(TextTable const& table, std::string const& name) {
  Names const names(table);
  bool const is_book =
      names.has("bids") || names.has("asks") || names.has("bidprice") || names.has("askprice") ||
      names.has("bestbid") || table.facts.count("bids") != 0 ||
      (!table.path.empty() && (table.path.back() == "bids" || table.path.back() == "asks"));
  MONETA_REQUIRE(!is_book, data,
                 "'{}' contains an order book (bids and asks, no candles). Export candles instead?",
                 name);
  bool const has_amount = names.has("qty") || names.has("size") || names.has("amount") ||
                          names.has("quantity") || names.has("volume") || names.has("side");
  bool const is_trades = (names.has("price") || names.has("tradeprice")) && has_amount &&
                         !names.has("high") && !names.has("highprice");
  MONETA_REQUIRE(!is_trades, data,
                 "'{}' contains single trades (a price in each row, no candles). Export candles of "
                 "one minute instead?",
                 name);
  MONETA_REQUIRE(!names.has("fundingrate"), data,
                 "'{}' contains funding rates (no candles). Import the candles of the market?",
                 name);
}

void require_columns(TextTable const& table, std::string const& name,
                     std::vector<Role> const& roles) {
  struct Needed {
    Role role;
    char const* word;
  };
  std::vector<std::string> missing;
  for (Needed const& each : {Needed{Role::open, "open"}, Needed{Role::high, "high"},
                             Needed{Role::low, "low"}, Needed{Role::close, "close"}}) {
    if (!column_of(roles, each.role)) missing.emplace_back(each.word);
  }
  if (!column_of(roles, Role::volume) && !column_of(roles, Role::quote_volume)) {
    missing.emplace_back("volume");
  }
  MONETA_REQUIRE(
      missing.empty(), config,
      "'{}': no column is known to be {} (the columns are '{}'). Is it a file of candles, and if so, can you give the meaning of each column, for example --columns time,open,high,low,close,volume?",
      name, joined(missing, ", "), sanitized(joined(table.header, ","), 200));
}

// Roles by position

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

bool are_flags(Sample const& sample, std::size_t column) {
  return sample.nearly_all(column,
                           [](std::string_view cell) { return cell == "0" || cell == "1"; });
}

/// True if the column is a mean price of the bar: from the third to the fourth column, low to high.
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

using R = Role;

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
    if (are_flags(sample, first + 5)) return std::nullopt;  // OKX's mark and index prices
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
  } else if (count == 9 && are_flags(sample, first + 8)) {
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

// Forms

constexpr std::int64_t korean_minutes = 540;

void set_zone(Reading& reading, std::int64_t offset_minutes, char const* reason) {
  if (reading.utc_offset_minutes || reading.time_form != TimeForm::without_zone) return;
  reading.utc_offset_minutes = offset_minutes;
  reading.decisions.push_back(
      fmt::format("Times without a zone are at UTC{}: {}.", offset_text(offset_minutes), reason));
}

bool says_cryptodatadownload(TextTable const& table) {
  return std::any_of(table.preamble.begin(), table.preamble.end(), [](auto const& line) {
    auto const plain = plain_name(line);
    return plain.find("cryptodatadownload") != std::string::npos ||
           plain.starts_with("timestampsareutc");
  });
}

bool is_yahoo(TextTable const& table, Names const& names) {
  bool const is_dated =
      !names.list().empty() &&
      (names.list()[0] == "date" || names.list()[0] == "datetime" || names.list()[0].empty());
  auto rest = names.list();
  if (!rest.empty()) rest.erase(rest.begin());
  bool const is_alphabetical =
      rest == std::vector<std::string>{"close", "high", "low", "open", "volume"};
  bool const has_ticker =
      std::any_of(table.preamble.begin(), table.preamble.end(),
                  [](std::string const& line) { return line.starts_with("Ticker"); });
  return names.has("adjclose") || names.has_all({"dividends", "stocksplits"}) || has_ticker ||
         (is_dated && is_alphabetical);
}

/// Forms of CSV with a header.
void name_csv_form(TextTable const& table, Names const& names, Reading& reading) {
  if (names.has("candledatetime") && names.has("tradeprice")) {
    reading.form = "Upbit CRIX candles (CSV)";
    reading.exchange = "upbit";
  } else if (names.has_all({"homenotional", "foreignnotional"})) {
    reading.form = "BitMEX bucketed trades (CSV)";
    reading.exchange = "bitmex";
    reading.time_is_end = true;
    reading.open_may_lie_outside = true;
    reading.decisions.push_back(
        "The volume is homeNotional, in the base coin; BitMEX stamps a bar with its end.");
  } else if (is_yahoo(table, names)) {
    reading.form = "Yahoo Finance (CSV)";
    reading.exchange = "yahoo";
    reading.volume_is_quote = true;
  } else if (names.are({"opentime", "open", "high", "low", "close", "volume", "closetime",
                        "quotevolume", "count", "takerbuyvolume", "takerbuyquotevolume",
                        "ignore"})) {
    // The archive of the spot market has had microseconds since 2025, and no header so far.
    reading.is_future = reading.time_form == TimeForm::milliseconds;
    reading.form =
        reading.is_future ? "Binance Vision futures klines (CSV)" : "Binance Vision klines (CSV)";
    reading.exchange = "binance";
  } else if (names.has("closetime") && names.has("ignore")) {
    reading.form = "Binance klines saved by a program (CSV)";
    reading.exchange = "binance";
  } else if (says_cryptodatadownload(table) || names.has_all({"volto", "volfrom"}) ||
             names.has_all({"unix", "date", "symbol"}) ||
             names.has_all({"unixtimestamp", "date", "symbol"})) {
    reading.form = "CryptoDataDownload (CSV)";
    set_zone(reading, 0, "those of CryptoDataDownload are UTC");
  } else if (names.has("weightedprice")) {
    reading.form = "Bitstamp minutes (CSV)";
    reading.exchange = "bitstamp";
  } else if (reading.time_form == TimeForm::without_zone &&
             std::find(table.header.begin(), table.header.end(), "value") != table.header.end() &&
             names.has_all({"open", "high", "low", "close", "volume"})) {
    reading.form = "pyupbit (CSV)";
    reading.exchange = "upbit";
    set_zone(reading, korean_minutes, "the column 'value' is pyupbit's, which writes Korean time");
  } else {
    reading.form = is_number(reading.time_form) ? "candles (CSV)" : "candles with dates (CSV)";
  }
}

void name_object_form(TextTable const& table, Names const& names, Reading& reading) {
  if (names.has_all({"candledatetimeutc", "tradeprice"})) {
    reading.form = "Upbit candles (REST JSON)";
    reading.exchange = "upbit";
  } else if (!table.path.empty() && table.path.back() == "ohlc") {
    reading.form = "Bitstamp OHLC (REST JSON)";
    reading.exchange = "bitstamp";
    reading.market = fact_of(table, "pair");
  } else if (!table.path.empty() && table.path.back() == "candles" && names.has("start")) {
    reading.form = "Coinbase Advanced Trade candles (REST JSON)";
    reading.exchange = "coinbase";
  } else {
    reading.form = "candles as objects (JSON)";
  }
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
    auto const category = fact_of(table, "category");
    reading.form = fmt::format("Bybit v5 klines{}{} (REST JSON)", category.empty() ? "" : ", ",
                               sanitized(category, 20));
    reading.exchange = "bybit";
    reading.market = fact_of(table, "symbol");
    reading.is_future = category == "linear" || category == "inverse";
    reading.roles = {R::time, R::open, R::high, R::low, R::close, R::volume, R::quote_volume};
    reading.reply_ms = whole_number(fact_of(table, "time"));
  } else if (fact_of(table, "status") == "0000" && table.columns == 6) {
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
    if (auto const last = whole_number(fact_of(table, "last"))) {
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

void refuse_mark_prices(TextTable const& table, Sample const& sample, std::string const& name) {
  bool const is_mark = table.header.empty() && table.columns == 6 && are_flags(sample, 5) &&
                       table.facts.count("code") != 0;
  MONETA_REQUIRE(
      !is_mark, data,
      "'{}' contains mark or index prices of OKX (a row has prices and a flag but no volume; they are not trades). Import the candles of the market itself?",
      name);
}

/// The length of the bars by a column that states it, or by the end of the first bar; 0 if neither.
std::int64_t stated_minutes(Sample const& sample, Reading const& reading) {
  if (sample.rows.empty()) return 0;
  auto const& row = sample.rows.front();
  if (auto const unit = column_of(reading.roles, R::unit)) {
    auto const minutes = whole_number(std::string(row[*unit])).value_or(0);
    constexpr std::int64_t longest = 44'640;  // a month
    return minutes <= longest ? minutes : 0;
  }
  auto const end = column_of(reading.roles, R::close_time);
  if (!end || *end == reading.time_column) return 0;
  auto const start_time = parse_time(row[reading.time_column], reading.date_order);
  auto const end_time = parse_time(row[*end], reading.date_order);
  if (!start_time || !end_time || is_number(start_time->form) != is_number(end_time->form))
    return 0;
  std::int64_t const length_ms = end_time->time_ms - start_time->time_ms;
  // The end is the last millisecond of the bar, or the start of the next one.
  std::int64_t const minutes = (length_ms + 1000) / ms_per_minute;
  return std::abs(length_ms - minutes * ms_per_minute) <= 1000 ? std::max<std::int64_t>(minutes, 0)
                                                               : 0;
}

/// Rows of the four prices and what else a form has, by their names or positions.
void read_columns(TextTable const& table, Sample const& sample, std::string const& name,
                  ImportOptions const& options, Reading& reading) {
  if (table.header.empty()) {
    if (!read_array_reply(table, reading)) read_positions(table, sample, name, reading);
    choose_time_column(table, sample, name, options, reading);
    return;
  }
  reading.roles = roles_by_name(table);
  require_columns(table, name, reading.roles);
  choose_time_column(table, sample, name, options, reading);
  Names const names(table);
  if (table.is_json) {
    name_object_form(table, names, reading);
  } else {
    name_csv_form(table, names, reading);
  }
}

}  // namespace

Reading recognize(TextTable const& table, std::string const& name, ImportOptions const& options) {
  Sample const sample(table);
  Reading reading;
  if (!options.columns.empty()) {
    reading.form = table.is_json ? "columns as given (JSON)" : "columns as given (CSV)";
    reading.roles = roles_of_option(options.columns, table.columns, name);
    choose_time_column(table, sample, name, options, reading);
    require_zone(table, sample, name, reading);
    return reading;
  }
  refuse_other_tables(table, name);
  refuse_mark_prices(table, sample, name);
  read_columns(table, sample, name, options, reading);
  reading.bar_minutes = stated_minutes(sample, reading);
  require_zone(table, sample, name, reading);
  return reading;
}

}  // namespace moneta
