// SPDX-License-Identifier: Apache-2.0
#include "fetch/exchange.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "fetch/check_page.h"
#include "fetch/coin_download.h"
#include "io/json_file.h"
#include "support/expect_error.h"

namespace moneta {
namespace {

TEST(CoinNames, AreSymbolsOfTheExchange) {
  EXPECT_EQ(make_upbit()->market_of("KRW-BTC"), "KRW-BTC");
  EXPECT_EQ(make_binance()->market_of("USDT-BTC"), "BTCUSDT");
  EXPECT_EQ(make_exchange(ExchangeChoice::upbit)->id(), "upbit");
  EXPECT_EQ(make_exchange(ExchangeChoice::binance)->id(), "binance");
  for (char const* const name : {"BTC", "-BTC", "KRW-", "KRW-BTC-X", ""}) {
    for (auto const choice : {ExchangeChoice::upbit, ExchangeChoice::binance}) {
      expect_error(ErrorKind::config, "is not the name of a market",
                   [&] { make_exchange(choice)->market_of(name); });
    }
  }
}

TEST(Requests, NameMarketTimeAndCount) {
  PageRequest const page{1'582'156'800, 1'582'200'000, 200};
  EXPECT_EQ(make_upbit()->page_path("KRW-BTC", page),
            "/v1/candles/minutes/1?market=KRW-BTC&to=2020-02-20T12:00:00Z&count=200");
  EXPECT_EQ(make_upbit()->newest_path("KRW-BTC"), "/v1/candles/minutes/1?market=KRW-BTC&count=1");
  EXPECT_EQ(make_binance()->page_path("BTCUSDT", page),
            "/api/v3/klines?symbol=BTCUSDT&interval=1m&startTime=1582156800000&limit=200");
  EXPECT_EQ(make_binance()->newest_path("BTCUSDT"),
            "/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=1");
}

Json upbit_candle() {
  return Json::parse(R"({
    "market": "KRW-BTC",
    "candle_date_time_utc": "2024-02-29T23:59:00",
    "candle_date_time_kst": "2024-03-01T08:59:00",
    "opening_price": 2,
    "high_price": 3.5,
    "low_price": 1.0,
    "trade_price": 2.25,
    "timestamp": 1709251198830,
    "candle_acc_trade_price": 100.5,
    "candle_acc_trade_volume": 0.5,
    "unit": 1
  })");
}

Json binance_candle() {
  return {1'709'251'140'000, "2.0",   "3.50000000", "1",    "2.25", "0.5",
          1'709'251'199'999, "100.5", 12,           "0.25", "5",    "0"};
}

Candle const expected{1'709'251'140, 2, 3.5, 1, 2.25, 0.5};

TEST(Pages, AreRead) {
  EXPECT_EQ(make_upbit()->parse_page(Json::array({upbit_candle()}), "KRW-BTC"),
            (std::vector{expected}));
  EXPECT_EQ(make_binance()->parse_page(Json::array({binance_candle()}), "BTCUSDT"),
            (std::vector{expected}));
  EXPECT_TRUE(make_upbit()->parse_page(Json::array(), "KRW-BTC").empty());
  EXPECT_TRUE(make_binance()->parse_page(Json::array(), "BTCUSDT").empty());
}

struct UpbitCase {
  char const* name;
  char const* key;
  Json value;
  char const* problem;

  friend void PrintTo(UpbitCase const& test, std::ostream* out) { *out << test.name; }
};

class BadUpbitCandle : public testing::TestWithParam<UpbitCase> {};

TEST_P(BadUpbitCandle, IsRejected) {
  Json candle = upbit_candle();
  candle[GetParam().key] = GetParam().value;
  expect_error(ErrorKind::data, GetParam().problem,
               [&] { make_upbit()->parse_page(Json::array({candle}), "KRW-BTC"); });
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, BadUpbitCandle, testing::ValuesIn(std::vector<UpbitCase>{
    {"OfAnotherMarket", "market", "KRW-ETH", "a candle of KRW-ETH was received for KRW-BTC"},
    {"OfFiveMinutes",   "unit", 5u, "has 5 minutes"},
    {"WithSeconds",     "candle_date_time_utc", "2024-02-29T23:59:01", "is not the start of a minute"},
    {"OfNoDay",         "candle_date_time_utc", "2023-02-29T23:59:00", "is not the start of a minute"},
    {"OfNoHour",        "candle_date_time_utc", "2024-02-29T24:00:00", "is not the start of a minute"},
    {"WithAZone",       "candle_date_time_utc", "2024-02-29T23:59:00Z", "is not the start of a minute"},
    {"WithoutDigits",   "candle_date_time_utc", "2024-0x-29T23:59:00", "is not the start of a minute"},
    {"WithSigns",       "candle_date_time_utc", "-024-02-29T23:59:00", "is not the start of a minute"},
    {"TimeAsANumber",   "candle_date_time_utc", 5, "a string is expected"},
    {"PriceAsAString",  "high_price", "3.5", "a number is expected"},
    {"NoVolume",        "candle_acc_trade_volume", nullptr, "a number is expected"},
}), [](auto const& each) { return std::string(each.param.name); });
// clang-format on

struct BinanceCase {
  char const* name;
  std::size_t column;
  Json value;
  char const* problem;

  friend void PrintTo(BinanceCase const& test, std::ostream* out) { *out << test.name; }
};

class BadBinanceCandle : public testing::TestWithParam<BinanceCase> {};

TEST_P(BadBinanceCandle, IsRejected) {
  Json candle = binance_candle();
  candle[GetParam().column] = GetParam().value;
  expect_error(ErrorKind::data, GetParam().problem,
               [&] { make_binance()->parse_page(Json::array({candle}), "BTCUSDT"); });
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, BadBinanceCandle, testing::ValuesIn(std::vector<BinanceCase>{
    {"InMicroseconds", 0, 1'709'251'140'000'000, "milliseconds since 1970 are needed"},
    {"TimeAsAString",  0, "1709251140000", "milliseconds since 1970 are needed"},
    {"NegativeTime",   0, -60'000, "milliseconds since 1970 are needed"},
    {"HugeTime",       0, 18446744073709551615u, "milliseconds since 1970 are needed"},
    {"NotOnAMinute",   0, 1'709'251'140'001, "not a whole minute"},
    {"OfFiveMinutes",  6, 1'709'251'439'999, "not a whole minute"},
    {"PriceAsANumber", 2, 3.5, "instead of a number in quotes"},
    {"PriceOfWords",   2, "much", "instead of a number in quotes"},
    {"NoPrice",        2, "", "instead of a number in quotes"},
    {"MoreThanANumber", 2, "3.5x", "instead of a number in quotes"},
}), [](auto const& each) { return std::string(each.param.name); });
// clang-format on

TEST(Pages, ThatAreNoListOfCandlesAreRejected) {
  for (auto const choice : {ExchangeChoice::upbit, ExchangeChoice::binance}) {
    auto const exchange = make_exchange(choice);
    std::vector<Json> const many(exchange->page_candles() + 1, Json());
    for (Json const& body : {Json(), Json::object(), Json(3), Json(many)}) {
      expect_error(ErrorKind::data, "is not a list of at most",
                   [&] { exchange->parse_page(body, "A-B"); });
    }
  }
  expect_error(ErrorKind::data, "is not an object",
               [&] { make_upbit()->parse_page(Json::array({1}), "A-B"); });
  expect_error(ErrorKind::data, "is not a list of at least 7 values",
               [&] { make_binance()->parse_page(Json::array({Json::array({1})}), "A-B"); });
}

TEST(Refusals, NameAnUnknownMarket) {
  Refusal const upbit = make_upbit()->parse_refusal(
      404, Json::parse(R"({"error": {"name": 404, "message": "Code not found"}})"));
  EXPECT_TRUE(upbit.unknown_market);
  EXPECT_EQ(upbit.message, "Code not found");
  Refusal const binance = make_binance()->parse_refusal(
      400, Json::parse(R"({"code": -1121, "msg": "Invalid symbol."})"));
  EXPECT_TRUE(binance.unknown_market);
  EXPECT_EQ(binance.message, "Invalid symbol.");
}

TEST(Refusals, AreAnything) {
  for (char const* const text :
       {"null", "[]", "{}", "3", R"({"error": 3, "code": "x", "msg": 5})",
        R"({"error": {"name": []}})", R"({"error": {"message": "\u001b[2J"}})"}) {
    for (auto const choice : {ExchangeChoice::upbit, ExchangeChoice::binance}) {
      Refusal const refusal = make_exchange(choice)->parse_refusal(400, Json::parse(text));
      EXPECT_FALSE(refusal.unknown_market) << text;
      EXPECT_EQ(refusal.message.find('\x1b'), std::string::npos) << text;
    }
  }
}

TEST(UpbitPauses, LastUntilTheNextSecondIfNoRequestIsLeft) {
  auto const pause_s = [](HttpHeaders const& headers) { return make_upbit()->pause_s(headers, 0); };
  EXPECT_EQ(pause_s({{"remaining-req", "group=candles; min=600; sec=9"}}), 0);
  EXPECT_EQ(pause_s({{"remaining-req", "group=candles; min=0; sec=1"}}), 0);
  EXPECT_EQ(pause_s({{"remaining-req", "group=candles; min=600; sec=0"}}), 1);
  for (char const* const header : {"", "group=candles", "sec=", "sec=many"}) {
    EXPECT_NEAR(pause_s({{"remaining-req", header}}), 0.11, 0.01) << header;
  }
  EXPECT_NEAR(pause_s({}), 0.11, 0.01) << "ten requests a second are allowed";
}

TEST(BinancePauses, LastUntilTheNextMinuteIfMostWeightIsUsed) {
  auto const pause_s = [](char const* weight) {
    return make_binance()->pause_s({{"x-mbx-used-weight-1m", weight}}, 1'000'000'040);
  };
  EXPECT_EQ(1'000'000'040 % 60, 20);
  EXPECT_EQ(pause_s("2"), 0);
  EXPECT_EQ(pause_s("4799"), 0);
  EXPECT_EQ(pause_s("4800"), 41);
  EXPECT_EQ(pause_s("6001"), 41);
  EXPECT_NEAR(pause_s("x"), 0.1, 0.01);
  EXPECT_NEAR(make_binance()->pause_s({}, 0), 0.1, 0.01);
}

TEST(MissingMinutes, EndWithTheLastCompleteMinute) {
  constexpr std::int64_t noon_s = 1'582'200'000;
  struct {
    std::int64_t date_s, to_s;
  } const cases[] = {{noon_s - 1, noon_s - 60}, {noon_s, noon_s - 60}, {noon_s + 4, noon_s - 60},
                     {noon_s + 5, noon_s},      {noon_s + 59, noon_s}, {noon_s + 64, noon_s},
                     {noon_s + 65, noon_s + 60}};
  for (auto const& [date_s, to_s] : cases) {
    MinuteRange const range = missing_minutes({}, 2, date_s);
    EXPECT_EQ(range.to_s, to_s) << date_s - noon_s;
    EXPECT_EQ(range.from_s, to_s - 2 * 86'400) << date_s - noon_s;
  }
}

TEST(MissingMinutes, BeginAfterTheNewestStoredOne) {
  constexpr std::int64_t noon_s = 1'582'200'000;
  EXPECT_EQ(missing_minutes(noon_s - 600, 2, noon_s + 30).from_s, noon_s - 540);
  EXPECT_TRUE(missing_minutes(noon_s - 60, 2, noon_s + 30).empty());
  EXPECT_TRUE(missing_minutes(noon_s + 6000, 2, noon_s).empty()) << "the clock was set back";
  EXPECT_EQ(missing_minutes({}, 36'500, 86'400).from_s, 0) << "nothing is before 1970";
}

}  // namespace
}  // namespace moneta
