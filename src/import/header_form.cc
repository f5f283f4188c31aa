// SPDX-License-Identifier: Apache-2.0
#include "import/header_form.h"

#include <algorithm>
#include <initializer_list>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "import/time_column.h"
#include "import/utc_offset.h"

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

constexpr std::int64_t korean_minutes = 540;

void set_zone(Reading& reading, std::int64_t offset_minutes, char const* reason) {
  if (reading.utc_offset_minutes || reading.time_form != TimeForm::without_zone) return;
  reading.utc_offset_minutes = offset_minutes;
  reading.decisions.push_back(fmt::format("Times without a zone are at UTC{}: {}.",
                                          utc_offset_text(offset_minutes), reason));
}

bool says_cryptodatadownload(TextTable const& table) {
  return std::any_of(table.preamble.begin(), table.preamble.end(), [](auto const& line) {
    auto const plain = plain_name(line);
    return plain.find("cryptodatadownload") != std::string::npos ||
           plain.starts_with("timestampsareutc");
  });
}

/// The market in the line "Ticker,BTC-USD,BTC-USD" above the rows; empty if there is none.
std::string yahoo_ticker(TextTable const& table) {
  for (std::string const& line : table.preamble) {
    if (!line.starts_with("Ticker,")) continue;
    std::string const rest = line.substr(7);
    return rest.substr(0, rest.find(','));
  }
  return {};
}

bool is_yahoo(TextTable const& table, Names const& names) {
  std::vector<std::string> const alphabetical = {"close", "high", "low", "open", "volume"};
  auto const found = std::search(names.list().begin(), names.list().end(), alphabetical.begin(),
                                 alphabetical.end());
  bool const is_alphabetical = found != names.list().end() && found != names.list().begin() &&
                               found + 5 == names.list().end() &&
                               role_of_name(*(found - 1)).role != Role::none;
  bool const has_ticker = !yahoo_ticker(table).empty();
  return names.has("adjclose") || names.has_all({"dividends", "stocksplits"}) || has_ticker ||
         is_alphabetical;
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
    reading.market = yahoo_ticker(table);
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
    reading.market = table.fact("pair");
  } else if (!table.path.empty() && table.path.back() == "candles" && names.has("start")) {
    reading.form = "Coinbase Advanced Trade candles (REST JSON)";
    reading.exchange = "coinbase";
  } else {
    reading.form = "candles as objects (JSON)";
  }
}

}  // namespace

void read_header(TextTable const& table, Sample const& sample, std::string const& name,
                 ImportOptions const& options, Reading& reading) {
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

}  // namespace moneta
