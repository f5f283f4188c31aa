// SPDX-License-Identifier: Apache-2.0
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "fetch/exchange.h"
#include "io/json_file.h"

namespace moneta {
namespace {

/// Without the header that says how many requests are left, ten requests a second are not exceeded.
constexpr double upbit_pause_s = 0.11;
/// The exchange counts the requests of each second.
constexpr double window_s = 1.0;

/// The number at `at`, of `digits` digits.
std::optional<int> digits_at(std::string_view text, std::size_t at, std::size_t digits) {
  int number = 0;
  auto const end = text.data() + at + digits;
  auto const parsed = std::from_chars(text.data() + at, end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end || number < 0) return std::nullopt;
  return number;
}

/// Seconds since 1970, from "2020-02-20T11:59:00"; nothing unless that is the start of a minute.
std::optional<std::int64_t> parse_minute(std::string_view text) {
  constexpr std::string_view pattern = "0000-00-00T00:00:00";
  if (text.size() != pattern.size()) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (pattern[i] != '0' && text[i] != pattern[i]) return std::nullopt;
  }
  auto const year = digits_at(text, 0, 4), month = digits_at(text, 5, 2),
             day = digits_at(text, 8, 2), hour = digits_at(text, 11, 2),
             minute = digits_at(text, 14, 2), second = digits_at(text, 17, 2);
  if (!year || !month || !day || !hour || !minute || second != 0) return std::nullopt;
  auto const date = std::chrono::year(*year) / std::chrono::month(static_cast<unsigned>(*month)) /
                    std::chrono::day(static_cast<unsigned>(*day));
  if (!date.ok() || *year < 1970 || *hour > 23 || *minute > 59) return std::nullopt;
  auto const days = std::chrono::sys_days(date).time_since_epoch().count();
  return days * seconds_per_day + *hour * 3600 + *minute * seconds_per_minute;
}

Candle parse_upbit_candle(Json const& item, std::string const& market) {
  JsonFields fields(item, fmt::format("a candle of {}", market));
  std::string const its_market = fields.text("market");
  MONETA_REQUIRE(its_market == market, data,
                 "a candle of {} was received for {} (the markets differ). Is fetch.url right?",
                 sanitized(its_market), market);
  std::int64_t const unit = fields.count("unit");
  MONETA_REQUIRE(unit == 1, data,
                 "a candle of {} has {} minutes (1 was requested). Is fetch.url right?", market,
                 unit);
  std::string const time = fields.text("candle_date_time_utc");
  auto const time_s = parse_minute(time);
  MONETA_REQUIRE(
      time_s, data,
      "a candle of {} has the time '{}' (it is not the start of a minute like 2020-02-20T11:59:00). Has the exchange changed its format?",
      market, sanitized(time));
  return {*time_s,
          fields.number("opening_price"),
          fields.number("high_price"),
          fields.number("low_price"),
          fields.number("trade_price"),
          fields.number("candle_acc_trade_volume")};
}

/// The requests that are left in this second, from "group=candles; min=600; sec=9". The limit of a
/// minute follows from that of a second, so its number is not used.
std::optional<int> requests_left(std::string_view header) {
  constexpr std::string_view name = "sec=";
  std::size_t const at = header.find(name);
  if (at == std::string_view::npos) return std::nullopt;
  int left = 0;
  auto const begin = header.data() + at + name.size();
  auto const parsed = std::from_chars(begin, header.data() + header.size(), left);
  if (parsed.ec != std::errc()) return std::nullopt;
  return left;
}

class Upbit final : public Exchange {
 public:
  std::string id() const override { return "upbit"; }
  std::string name() const override { return "Upbit"; }
  std::string public_url() const override { return "https://api.upbit.com"; }
  Paging paging() const override { return Paging::backwards; }
  std::size_t page_candles() const override { return 200; }
  std::int64_t chunk_minutes() const override { return 5'000; }

  std::string market_of(std::string const& coin) const override {
    parse_coin_name(coin);
    return coin;
  }

  std::string page_path(std::string const& market, PageRequest const& page) const override {
    return fmt::format("/v1/candles/minutes/1?market={}&to={}&count={}", market,
                       utc_text(page.to_s), page.count);
  }
  std::string newest_path(std::string const& market) const override {
    return fmt::format("/v1/candles/minutes/1?market={}&count=1", market);
  }

  std::vector<Candle> parse_page(Json const& body, std::string const& market) const override {
    MONETA_REQUIRE(body.is_array() && body.size() <= page_candles(), data,
                   "the reply for {} is not a list of at most {} candles. Is fetch.url right?",
                   market, page_candles());
    std::vector<Candle> candles;
    for (Json const& item : body) candles.push_back(parse_upbit_candle(item, market));
    return candles;
  }

  Refusal parse_refusal(long status, Json const& body) const override {
    auto const error = body.is_object() ? body.find("error") : body.end();
    if (!body.is_object() || error == body.end() || !error->is_object()) return {};
    std::string const name = error->value("name", Json()).dump();
    auto const message = error->value("message", Json());
    return {status == 404, sanitized(message.is_string() ? message.get<std::string>() : name)};
  }

  double pause_s(HttpHeaders const& headers, std::int64_t /*date_s*/) const override {
    auto const header = headers.find("remaining-req");
    auto const left = header == headers.end() ? std::nullopt : requests_left(header->second);
    if (!left) return upbit_pause_s;
    return *left > 0 ? 0 : window_s;
  }
};

}  // namespace

std::unique_ptr<Exchange> make_upbit() { return std::make_unique<Upbit>(); }

}  // namespace moneta
