// SPDX-License-Identifier: Apache-2.0
#include "import/market_name.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <vector>

namespace moneta {
namespace {

/// Currencies in which prices are quoted; of two of them, the first is the quote. A name with a
/// longer one at its end comes before those that it contains.
constexpr std::array<std::string_view, 23> quotes = {
    "KRW",  "USD",   "EUR",  "GBP",  "JPY",  "TRY",  "BRL",  "AUD", "CAD", "CHF", "IDR", "THB",
    "USDT", "FDUSD", "USDC", "BUSD", "TUSD", "USDP", "USD1", "DAI", "BTC", "ETH", "BNB"};

constexpr std::array<std::string_view, 17> exchanges = {
    "binance", "upbit",  "bithumb", "coinbase", "kraken",   "bitstamp", "bitfinex", "bybit", "okx",
    "okex",    "gemini", "kucoin",  "bitmex",   "poloniex", "huobi",    "gateio",   "yahoo"};

/// Words in the names of files that are no coins.
constexpr std::array<std::string_view, 45> other_words = {
    "DATA",     "OHLC",     "OHLCV",  "CANDLE",  "CANDLES", "KLINE",       "KLINES", "MINUTE",
    "MIN",      "MINUTES",  "HOUR",   "HOURS",   "HOURLY",  "DAY",         "DAYS",   "DAILY",
    "SPOT",     "SWAP",     "FUTURE", "FUTURES", "PERP",    "UTC",         "KST",    "CSV",
    "JSON",     "RAW",      "HIST",   "HISTORY", "TEST",    "PRICE",       "PRICES", "TRADES",
    "DOWNLOAD", "YFINANCE", "CLEAN",  "FULL",    "ALL",     "CANDLESTICK", "MARK",   "INDEX",
    "FUNDING",  "REST",     "EXPORT", "PYUPBIT", "CCXT"};

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& each : result) {
    if (each >= 'a' && each <= 'z') each = static_cast<char>(each - 'a' + 'A');
  }
  return result;
}

bool is_decimal_digit(char each) { return each >= '0' && each <= '9'; }
bool is_letter(char each) { return (each >= 'A' && each <= 'Z') || (each >= 'a' && each <= 'z'); }

std::size_t rank_of(std::string_view currency) {
  auto const found = std::find(quotes.begin(), quotes.end(), currency);
  return static_cast<std::size_t>(found - quotes.begin());
}
bool is_quote(std::string_view currency) { return rank_of(currency) < quotes.size(); }

/// Other names of a currency: XBT is Bitcoin, and Kraken writes XXBT, ZUSD, XETH.
std::string usual_name(std::string currency) {
  if (currency.size() == 4 && (currency[0] == 'X' || currency[0] == 'Z')) {
    std::string const rest = currency.substr(1);
    if (rest == "XBT" || rest == "XDG" || is_quote(rest) || rest == "LTC" || rest == "XRP" ||
        rest == "XLM" || rest == "XMR" || rest == "ETC" || rest == "ZEC" || rest == "REP") {
      currency = rest;
    }
  }
  if (currency == "XBT") return "BTC";
  if (currency == "XDG") return "DOGE";
  return currency;
}

bool is_currency(std::string_view text) {
  if (text.size() < 2 || text.size() > 12) return false;
  bool const plain = std::all_of(text.begin(), text.end(), [](char each) {
    return is_letter(each) || is_decimal_digit(each);
  });
  return plain && std::any_of(text.begin(), text.end(), is_letter);
}

/// "USDT-BTC" from two currencies in either order; empty if neither is a quote. `first` is the base
/// if both could be.
std::string coin_of(std::string const& first, std::string const& second) {
  std::string const a = usual_name(first);
  std::string const b = usual_name(second);
  if (!is_currency(a) || !is_currency(b) || a == b || (!is_quote(a) && !is_quote(b))) return {};
  return rank_of(a) < rank_of(b) ? a + "-" + b : b + "-" + a;
}

/// True if the quote at the end of a symbol has taken the last letter of the base: "BNBUSD" is BNB
/// and USD, not BN and BUSD.
bool takes_letter(std::string_view base, std::string_view quote) {
  if (quote != "TUSD" && quote != "BUSD") return false;
  std::string const longer = std::string(base) + quote.front();
  return base.size() < 3 || longer == "SHIB" || longer == "USDT";
}

/// "USDT-BTC" from "BTCUSDT": the longest quote at the end.
std::string coin_of_joined(std::string symbol) {
  if (symbol.ends_with("XBT")) symbol.replace(symbol.size() - 3, 3, "BTC");
  std::string_view best;
  for (std::string_view const quote : quotes) {
    if (symbol.size() < quote.size() + 2 || !symbol.ends_with(quote)) continue;
    auto const base = std::string_view(symbol).substr(0, symbol.size() - quote.size());
    if (quote.size() > best.size() && !takes_letter(base, quote)) best = quote;
  }
  if (best.empty()) return {};
  std::string base = symbol.substr(0, symbol.size() - best.size());
  base = usual_name(base);
  return is_currency(base) ? std::string(best) + "-" + base : std::string{};
}

std::vector<std::string> split_at(std::string_view text, std::string_view separators) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    std::size_t const end = text.find_first_of(separators);
    if (end != 0) parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return parts;
}

bool says_future(std::string const& word) {
  constexpr std::array<std::string_view, 6> words = {"SWAP",    "PERP",   "PERPETUAL",
                                                     "FUTURES", "FUTURE", "USDM"};
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_other_word(std::string const& word) {
  auto const lower_equal = [&](std::string_view exchange) { return upper(exchange) == word; };
  return std::find(other_words.begin(), other_words.end(), word) != other_words.end() ||
         std::any_of(exchanges.begin(), exchanges.end(), lower_equal);
}

/// Minutes of "1m", "5min", "1h", "4hour", "1d", "minute", "daily"; 0 if it is none.
std::int64_t interval_of(std::string_view word) {
  std::int64_t count = 1;
  auto const parsed = std::from_chars(word.data(), word.data() + word.size(), count);
  bool const has_count = parsed.ec == std::errc();
  if (!has_count) count = 1;
  std::string const unit =
      upper(word.substr(static_cast<std::size_t>(has_count ? parsed.ptr - word.data() : 0)));
  struct Unit {
    std::string_view name;
    std::int64_t minutes;
    bool alone;  ///< means something without a count
  };
  constexpr std::array<Unit, 14> units = {{{"M", 1, false},
                                           {"MIN", 1, false},
                                           {"MINS", 1, false},
                                           {"MINUTE", 1, true},
                                           {"MINUTES", 1, false},
                                           {"H", 60, false},
                                           {"HOUR", 60, true},
                                           {"HOURLY", 60, true},
                                           {"HOURS", 60, false},
                                           {"D", 1440, false},
                                           {"DAY", 1440, true},
                                           {"DAILY", 1440, true},
                                           {"DAYS", 1440, false},
                                           {"W", 10080, false}}};
  for (Unit const& each : units) {
    bool const counted = has_count && count >= 1 && count <= 1440;
    if (unit == each.name && (counted || (!has_count && each.alone))) return count * each.minutes;
  }
  return 0;
}

bool is_lower(std::string_view word) {
  return std::any_of(word.begin(), word.end(),
                     [](char each) { return each >= 'a' && each <= 'z'; });
}

/// A word as a currency in a name like "BTC_USDT": all of one case and no other word.
std::optional<std::string> currency_word(std::string const& word) {
  std::string const big = upper(word);
  bool const one_case = !is_lower(word) || std::none_of(word.begin(), word.end(), [](char each) {
    return each >= 'A' && each <= 'Z';
  });
  if (!one_case || !is_currency(word) || is_other_word(big) || interval_of(word) > 0) return {};
  return big;
}

/// The first pair of neighbors that is a market: "KRW-BTC", "btc_usdt".
MarketName find_pair(std::string_view stem, std::string_view separator) {
  for (auto const& part : split_at(stem, separator == "-" ? "_ .+()" : "- .+()")) {
    auto const words = split_at(part, separator);
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
      auto const first = currency_word(words[i]);
      auto const second = currency_word(words[i + 1]);
      bool const are_alike = is_lower(words[i]) == is_lower(words[i + 1]);
      if (!first || !second || !are_alike) continue;
      std::string coin = coin_of(*first, *second);
      if (coin.empty()) continue;
      std::string market = words[i] + std::string(separator) + words[i + 1];
      std::string const next = i + 2 < words.size() ? upper(words[i + 2]) : std::string{};
      bool const is_future = next == *second || says_future(next);
      if (is_future) market += std::string(separator) + words[i + 2];
      return {std::move(market), std::move(coin), is_future};
    }
  }
  return {};
}

MarketName find_joined(std::vector<std::string> const& words) {
  for (auto const& word : words) {
    auto const currency = currency_word(word);
    if (!currency || currency->size() < 5 || is_quote(*currency)) continue;
    std::string coin = coin_of_joined(*currency);
    if (coin.empty()) continue;
    // English words end like some currencies: "entry", "august".
    auto const quote = coin.substr(0, coin.find('-'));
    bool const is_usual =
        quote.starts_with("USD") || quote == "KRW" || quote == "EUR" || quote == "BTC";
    if (!is_lower(word) || is_usual) return {word, std::move(coin), false};
  }
  return {};
}

}  // namespace

MarketName parse_market(std::string_view symbol) {
  MarketName name;
  constexpr std::string_view crix = "CRIX.UPBIT.";
  if (symbol.starts_with(crix)) symbol.remove_prefix(crix.size());
  name.market = symbol;
  // Kraken's old names XXBTZUSD and XETHXXBT are those of XBTUSD and ETHXBT.
  bool const is_old_kraken =
      symbol.size() == 8 && symbol[0] == 'X' && (symbol[4] == 'Z' || symbol[4] == 'X');
  if (is_old_kraken) name.market.erase(4, 1).erase(0, 1);
  if (symbol.size() > 4 && symbol.front() == 't' && symbol[1] >= 'A' && symbol[1] <= 'Z') {
    symbol.remove_prefix(1);  // Bitfinex's tBTCUSD
  }
  if (std::size_t const settle = symbol.find(':'); settle != std::string_view::npos) {
    name.is_future = symbol.find('/') != std::string_view::npos;
    if (name.is_future) symbol = symbol.substr(0, settle);
  }
  auto parts = split_at(upper(is_old_kraken ? name.market : symbol), "-_/: \\");
  for (auto const& part : parts) name.is_future = name.is_future || says_future(part);
  auto const is_no_currency = [](std::string const& part) {
    return says_future(part) || std::all_of(part.begin(), part.end(), is_decimal_digit);
  };
  parts.erase(std::remove_if(parts.begin(), parts.end(), is_no_currency), parts.end());
  if (parts.size() >= 2) {
    name.coin = coin_of(parts[0], parts[1]);
    // freqtrade's ETH_USDT_USDT: what it settles in comes last.
    name.is_future = name.is_future || (parts.size() == 3 && parts[2] == parts[1]);
  } else if (parts.size() == 1) {
    name.coin = coin_of_joined(parts[0]);
  }
  return name;
}

FileNameFacts parse_file_name(std::string_view name) {
  FileNameFacts facts;
  std::string_view stem = name;
  for (std::string_view const ending : {".gz", ".zip", ".csv", ".json", ".txt", ".expected"}) {
    if (stem.ends_with(ending)) stem.remove_suffix(ending.size());
  }
  auto const words = split_at(stem, "-_ .+()");
  facts.market = find_pair(stem, "-");
  if (facts.market.coin.empty()) facts.market = find_pair(stem, "_");
  if (facts.market.coin.empty()) facts.market = find_joined(words);
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::string const big = upper(words[i]);
    for (std::string_view const exchange : exchanges) {
      if (big == upper(exchange) && facts.exchange.empty()) facts.exchange = exchange;
    }
    facts.market.is_future = facts.market.is_future || says_future(big);
    std::int64_t minutes = interval_of(words[i]);
    bool const is_count = !words[i].empty() && words[i].size() <= 4 &&
                          std::all_of(words[i].begin(), words[i].end(), is_decimal_digit);
    if (minutes == 0 && is_count && i + 1 < words.size()) {
      minutes = interval_of(words[i] + words[i + 1]);  // "1-min"
    }
    // Kraken names its files XBTUSD_60.csv.
    if (minutes == 0 && is_count && i == 1 && words.size() == 2) minutes = std::stoll(words[i]);
    if (facts.interval_minutes == 0) facts.interval_minutes = minutes;
  }
  return facts;
}

}  // namespace moneta
