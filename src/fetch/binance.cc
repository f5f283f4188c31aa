// SPDX-License-Identifier: Apache-2.0
#include <charconv>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "fetch/exchange.h"

namespace moneta {
namespace {

constexpr std::int64_t minute_ms = seconds_per_minute * 1000;
/// The columns of a candle: start in ms, open, high, low, close, volume, end in ms, and others.
constexpr std::size_t fewest_columns = 7;
constexpr int unknown_symbol_code = -1121;
/// Pauses begin at four fifths of the 6,000 units that an address has in a minute, because other
/// programs may share the address.
constexpr int most_weight = 4'800;
/// Without the header that says how much was used.
constexpr double binance_pause_s = 0.1;

std::int64_t time_in(Json const& cell, std::string const& market) {
  // A JSON number of 2^63 or more becomes negative here.
  std::int64_t const time_ms = cell.is_number_integer() ? cell.get<std::int64_t>() : -1;
  MONETA_REQUIRE(
      time_ms >= 0 && time_ms < year_10000_s * 1000, data,
      "a candle of {} has the time {} (milliseconds since 1970 are needed). Has the exchange changed its format?",
      market, sanitized(cell.dump()));
  return time_ms;
}

/// The numbers of a candle are strings, so that no digit is lost.
double number_in(Json const& cell, std::string const& market) {
  std::string const text = cell.is_string() ? cell.get<std::string>() : "";
  double number = 0;
  auto const end = text.data() + text.size();
  auto const parsed = std::from_chars(text.data(), end, number);
  MONETA_REQUIRE(
      !text.empty() && parsed.ec == std::errc() && parsed.ptr == end, data,
      "a candle of {} has {} instead of a number in quotes. Has the exchange changed its format?",
      market, sanitized(cell.dump()));
  return number;
}

Candle parse_binance_candle(Json const& item, std::string const& market) {
  MONETA_REQUIRE(item.is_array() && item.size() >= fewest_columns, data,
                 "a candle of {} is not a list of at least {} values. Is fetch.url right?", market,
                 fewest_columns);
  std::int64_t const start_ms = time_in(item[0], market), end_ms = time_in(item[6], market);
  MONETA_REQUIRE(start_ms % minute_ms == 0 && end_ms == start_ms + minute_ms - 1, data,
                 "a candle of {} is from {} ms to {} ms (not a whole minute). Is fetch.url right?",
                 market, start_ms, end_ms);
  return {start_ms / 1000,
          number_in(item[1], market),
          number_in(item[2], market),
          number_in(item[3], market),
          number_in(item[4], market),
          number_in(item[5], market)};
}

std::optional<int> used_weight(HttpHeaders const& headers) {
  auto const header = headers.find("x-mbx-used-weight-1m");
  if (header == headers.end()) return std::nullopt;
  int weight = 0;
  std::string const& text = header->second;
  auto const parsed = std::from_chars(text.data(), text.data() + text.size(), weight);
  if (parsed.ec != std::errc()) return std::nullopt;
  return weight;
}

class Binance final : public Exchange {
 public:
  std::string id() const override { return "binance"; }
  std::string name() const override { return "Binance"; }
  std::string public_url() const override { return "https://api.binance.com"; }
  Paging paging() const override { return Paging::forwards; }
  std::size_t page_candles() const override { return 1'000; }
  std::int64_t chunk_minutes() const override { return 20'000; }

  std::string market_of(std::string const& coin) const override {
    CoinName const name = parse_coin_name(coin);
    return name.base + name.quote;
  }

  std::string page_path(std::string const& market, PageRequest const& page) const override {
    return fmt::format("/api/v3/klines?symbol={}&interval=1m&startTime={}&limit={}", market,
                       page.from_s * 1000, page.count);
  }
  std::string newest_path(std::string const& market) const override {
    return fmt::format("/api/v3/klines?symbol={}&interval=1m&limit=1", market);
  }

  std::vector<Candle> parse_page(Json const& body, std::string const& market) const override {
    MONETA_REQUIRE(body.is_array() && body.size() <= page_candles(), data,
                   "the reply for {} is not a list of at most {} candles. Is fetch.url right?",
                   market, page_candles());
    std::vector<Candle> candles;
    for (Json const& item : body) candles.push_back(parse_binance_candle(item, market));
    return candles;
  }

  Refusal parse_refusal(long /*status*/, Json const& body) const override {
    if (!body.is_object()) return {};
    Json const code = body.value("code", Json()), message = body.value("msg", Json());
    return {code == unknown_symbol_code,
            message.is_string() ? sanitized(message.get<std::string>()) : ""};
  }

  double pause_s(HttpHeaders const& headers, std::int64_t date_s) const override {
    auto const weight = used_weight(headers);
    if (!weight) return binance_pause_s;
    if (*weight < most_weight) return 0;
    // The count begins anew with each minute of the exchange's clock.
    return static_cast<double>(seconds_per_minute - date_s % seconds_per_minute + 1);
  }
};

}  // namespace

std::unique_ptr<Exchange> make_binance() { return std::make_unique<Binance>(); }

}  // namespace moneta
