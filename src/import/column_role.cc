// SPDX-License-Identifier: Apache-2.0
#include "import/column_role.h"

#include <algorithm>
#include <array>
#include <map>

#include "base/error.h"
#include "base/text.h"

namespace moneta {
namespace {

using RolesOfNames = std::map<std::string_view, Role>;

RolesOfNames const& roles_of_names() {
  // clang-format off
  static RolesOfNames const names = {
      {"", Role::index_or_time}, {"unnamed0", Role::index_or_time}, {"index", Role::index_or_time},
      {"level0", Role::index_or_time},
      {"time", Role::time}, {"timestamp", Role::time}, {"date", Role::time}, {"datetime", Role::time},
      {"unix", Role::time}, {"unixtime", Role::time}, {"unixtimestamp", Role::time},
      {"epoch", Role::time}, {"opentime", Role::time}, {"opentimestamp", Role::time},
      {"opentimems", Role::time}, {"opendatetime", Role::time}, {"starttime", Role::time},
      {"start", Role::time}, {"startat", Role::time}, {"startdatetime", Role::time},
      {"t", Role::time}, {"ts", Role::time}, {"mts", Role::time}, {"timestampms", Role::time},
      {"candletime", Role::time}, {"candledatetime", Role::time}, {"bucket", Role::time},
      {"periodstart", Role::time}, {"localtime", Role::time},
      {"时间戳", Role::time}, {"时间", Role::time}, {"日期", Role::time}, {"开盘时间", Role::time},
      {"交易时间", Role::time}, {"시간", Role::time}, {"일시", Role::time}, {"날짜", Role::time},
      {"closetime", Role::close_time}, {"closetimestamp", Role::close_time},
      {"closedatetime", Role::close_time}, {"endtime", Role::close_time},
      {"end", Role::close_time}, {"endat", Role::close_time}, {"收盘时间", Role::close_time},
      {"open", Role::open}, {"o", Role::open}, {"openprice", Role::open},
      {"openingprice", Role::open}, {"openp", Role::open},
      {"开盘价", Role::open}, {"开盘", Role::open}, {"시가", Role::open},
      {"high", Role::high}, {"h", Role::high}, {"highprice", Role::high},
      {"max", Role::high}, {"最高价", Role::high}, {"最高", Role::high}, {"고가", Role::high},
      {"low", Role::low}, {"l", Role::low}, {"lowprice", Role::low},
      {"min", Role::low}, {"最低价", Role::low}, {"最低", Role::low}, {"저가", Role::low},
      {"close", Role::close}, {"c", Role::close}, {"closeprice", Role::close},
      {"closingprice", Role::close}, {"tradeprice", Role::close},
      {"收盘价", Role::close}, {"收盘", Role::close}, {"종가", Role::close},
      {"volume", Role::volume}, {"vol", Role::volume}, {"v", Role::volume},
      {"basevolume", Role::volume}, {"basevol", Role::volume}, {"volumebase", Role::volume}, {"volumefrom", Role::volume},
      {"candleacctradevolume", Role::volume}, {"homenotional", Role::volume},
      {"volto", Role::volume}, {"成交量", Role::volume}, {"거래량", Role::volume},
      {"volccy", Role::other_volume},
      {"quotevolume", Role::quote_volume}, {"volumequote", Role::quote_volume},
      {"quoteassetvolume", Role::quote_volume}, {"quoteav", Role::quote_volume},
      {"turnover", Role::quote_volume}, {"value", Role::quote_volume},
      {"candleacctradeprice", Role::quote_volume}, {"volumecurrency", Role::quote_volume},
      {"volumeto", Role::quote_volume}, {"volfrom", Role::quote_volume},
      {"volccyquote", Role::quote_volume}, {"volquote", Role::quote_volume}, {"quotevol", Role::quote_volume}, {"foreignnotional", Role::quote_volume},
      {"成交额", Role::quote_volume}, {"거래대금", Role::quote_volume},
      {"symbol", Role::market}, {"pair", Role::market}, {"market", Role::market},
      {"code", Role::market}, {"ticker", Role::market}, {"instid", Role::market},
      {"instrument", Role::market}, {"instrumentname", Role::market}, {"tic", Role::market},
      {"confirm", Role::confirm}, {"isclosed", Role::confirm}, {"isfinal", Role::confirm},
      {"unit", Role::unit},
  };
  // clang-format on
  return names;
}

/// The zone that ends a name: "date_utc", "candle_date_time_kst".
std::optional<std::int64_t> zone_of_name(std::string_view& name) {
  struct Zone {
    std::string_view name;
    std::int64_t offset_minutes;
  };
  for (Zone const& zone : {Zone{"utc", 0}, Zone{"gmt", 0}, Zone{"kst", 540}}) {
    if (name == zone.name) {
      name = "time";
      return zone.offset_minutes;
    }
    if (name.ends_with(zone.name)) {
      name.remove_suffix(zone.name.size());
      return zone.offset_minutes;
    }
    if (name.starts_with(zone.name)) {
      name.remove_prefix(zone.name.size());
      return zone.offset_minutes;
    }
  }
  return std::nullopt;
}

/// "Volume BTC", "Volume USD" and the like: volumes of a currency.
Role role_of_volume(std::string_view name) {
  if (!name.starts_with("volume") || name.size() > 6 + 10) return Role::none;
  std::string_view const currency = name.substr(6);
  constexpr std::array<std::string_view, 11> quotes = {"usd", "usdt", "usdc", "busd", "krw",  "eur",
                                                       "gbp", "jpy",  "try",  "tusd", "fdusd"};
  constexpr std::array<std::string_view, 6> measures = {"ma",  "sma",    "ema",
                                                        "24h", "change", "count"};
  bool const is_measure = std::find(measures.begin(), measures.end(), currency) != measures.end();
  if (is_measure) return Role::none;
  bool const is_quote = std::find(quotes.begin(), quotes.end(), currency) != quotes.end();
  return is_quote ? Role::quote_volume : Role::volume;
}

struct Word {
  std::string_view text;
  Role role;
};
constexpr std::array<Word, 10> option_words = {{{"time", Role::time},
                                                {"timestamp", Role::time},
                                                {"open", Role::open},
                                                {"high", Role::high},
                                                {"low", Role::low},
                                                {"close", Role::close},
                                                {"volume", Role::volume},
                                                {"close_time", Role::close_time},
                                                {"quote_volume", Role::quote_volume},
                                                {"-", Role::none}}};

}  // namespace

std::string plain_name(std::string_view name) {
  std::string plain;
  for (char const each : name) {
    if (each >= 'A' && each <= 'Z') {
      plain += static_cast<char>(each - 'A' + 'a');
    } else if ((each >= 'a' && each <= 'z') || (each >= '0' && each <= '9') ||
               static_cast<unsigned char>(each) >= 0x80) {
      plain += each;
    }
  }
  return plain;
}

NamedRole role_of_name(std::string_view name) {
  std::string const plain = plain_name(name);
  if (plain.empty() && !name.empty()) return {};
  if (auto const found = roles_of_names().find(plain); found != roles_of_names().end()) {
    return {found->second, std::nullopt};
  }
  std::string_view rest = plain;
  if (auto const zone = zone_of_name(rest)) {
    auto const found = roles_of_names().find(rest);
    bool const is_time = found != roles_of_names().end() &&
                         (found->second == Role::time || found->second == Role::close_time);
    if (is_time) return {found->second, zone};
  }
  return {role_of_volume(plain), std::nullopt};
}

std::vector<Role> roles_of_option(std::vector<std::string> const& words, std::size_t columns,
                                  std::string const& file) {
  MONETA_REQUIRE(
      words.size() == columns, config,
      "--columns gives {} columns (a row of '{}' has {}). Give a word for each, and - for those without a meaning?",
      words.size(), file, columns);
  std::vector<Role> roles;
  for (auto const& word : words) {
    auto const* const known = std::find_if(option_words.begin(), option_words.end(),
                                           [&](Word const& each) { return each.text == word; });
    MONETA_REQUIRE(
        known != option_words.end(), config,
        "--columns contains '{}' (known are time, open, high, low, close, volume, close_time, quote_volume and -). Is it misspelled?",
        sanitized(word, 40));
    MONETA_REQUIRE(known->role == Role::none || !column_of(roles, known->role), config,
                   "--columns contains '{}' twice (a column has one meaning). Use - for one?",
                   known->text);
    roles.push_back(known->role);
  }
  bool const has_time = column_of(roles, Role::time) || column_of(roles, Role::close_time);
  bool const has_volume = column_of(roles, Role::volume) || column_of(roles, Role::quote_volume);
  bool const has_prices = column_of(roles, Role::open) && column_of(roles, Role::high) &&
                          column_of(roles, Role::low) && column_of(roles, Role::close);
  MONETA_REQUIRE(
      has_time && has_volume && has_prices, config,
      "--columns gives '{}' (a candle needs time or close_time, open, high, low, close, and volume or quote_volume). Which column is missing?",
      joined(words, ","));
  return roles;
}

std::optional<std::size_t> column_of(std::vector<Role> const& roles, Role role) {
  auto const found = std::find(roles.begin(), roles.end(), role);
  if (found == roles.end()) return std::nullopt;
  return static_cast<std::size_t>(found - roles.begin());
}

}  // namespace moneta
