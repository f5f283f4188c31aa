// SPDX-License-Identifier: Apache-2.0
#include "import/market_name.h"

#include <gtest/gtest.h>

#include <vector>

namespace moneta {
namespace {

TEST(MarketName, GivesTheCoinQuoteFirst) {
  struct Case {
    char const* symbol;
    char const* coin;
    bool is_future;
  };
  // clang-format off
  for (auto const& each : std::vector<Case>{
           {"BTCUSDT", "USDT-BTC", false},      {"BTC/USDT", "USDT-BTC", false},
           {"BTC-USD", "USD-BTC", false},       {"KRW-BTC", "KRW-BTC", false},
           {"BTC-ETH", "BTC-ETH", false},       {"ETH/BTC", "BTC-ETH", false},
           {"USDT-BTC", "USDT-BTC", false},     {"KRW-USDT", "KRW-USDT", false},
           {"XBTUSD", "USD-BTC", false},        {"XXBTZUSD", "USD-BTC", false},
           {"XETHXXBT", "BTC-ETH", false},
           {"XDGUSD", "USD-DOGE", false},       {"tBTCUSD", "USD-BTC", false},
           {"BTC_KRW", "KRW-BTC", false},       {"BTC-USDT-SWAP", "USDT-BTC", true},
           {"BTC/USDT:USDT", "USDT-BTC", true}, {"ETH_USDT_USDT", "USDT-ETH", true}, {"CRIX.UPBIT.KRW-ADA", "KRW-ADA", false},
           {"1000SHIBUSDT", "USDT-1000SHIB", false}, {"BTCFDUSD", "FDUSD-BTC", false},
           {"btcusdt", "USDT-BTC", false},      {"BTC\\/USD", "USD-BTC", false},
           {"BNBUSD", "USD-BNB", false}, {"BTCTUSD", "TUSD-BTC", false}, {"USDTUSD", "USD-USDT", false},
           {"BTCUSDT_240329", "USDT-BTC", false},
           {"BTCUSD_PERP", "USD-BTC", true},    {"BTC", "", false},
           {"ABCDEF", "", false},               {"A/B", "", false},
           {"", "", false},                     {"../../etc-USD", "", false}}) {
    // clang-format on
    auto const name = parse_market(each.symbol);
    EXPECT_EQ(name.coin, each.coin) << each.symbol;
    EXPECT_EQ(name.is_future, each.is_future) << each.symbol;
  }
}

TEST(MarketName, IsTheOneOfTheExchangeTodayForOldSymbols) {
  EXPECT_EQ(parse_market("XXBTZUSD").market, "XBTUSD");
  EXPECT_EQ(parse_market("XETHXXBT").market, "ETHXBT");
  EXPECT_EQ(parse_market("CRIX.UPBIT.KRW-ADA").market, "KRW-ADA");
  EXPECT_EQ(parse_market("BTC/USDT").market, "BTC/USDT");
}

TEST(FileName, SaysMarketExchangeAndInterval) {
  struct Case {
    char const* file;
    char const* market;
    char const* coin;
    char const* exchange;
    std::int64_t interval_minutes;
    bool is_future;
  };
  // clang-format off
  for (auto const& each : std::vector<Case>{
           {"BTCUSDT-1m-2024-12.csv", "BTCUSDT", "USDT-BTC", "", 1, false},
           {"BTC_USDT-1m.json.gz", "BTC_USDT", "USDT-BTC", "", 1, false},
           {"XRP_USDT_USDT-1h-futures.json", "XRP_USDT_USDT", "USDT-XRP", "", 60, true},
           {"XBTUSD_60.csv", "XBTUSD", "USD-BTC", "", 60, false},
           {"KRW-BTC.csv", "KRW-BTC", "KRW-BTC", "", 0, false},
           {"upbit_KRW-BTC_utc.csv", "KRW-BTC", "KRW-BTC", "upbit", 0, false},
           {"Coinbase_BTCUSD_1h.csv", "BTCUSD", "USD-BTC", "coinbase", 60, false},
           {"gemini_BTCUSD_2020_1min.csv", "BTCUSD", "USD-BTC", "gemini", 1, false},
           {"btcusd_1-min_data.csv", "btcusd", "USD-BTC", "", 1, false},
           {"eth_btc_5m.json", "eth_btc", "BTC-ETH", "", 5, false},
           {"public_candlestick_BTC_KRW_1m.json", "BTC_KRW", "KRW-BTC", "", 1, false},
           {"ADA-USD_yfinance_1m.csv", "ADA-USD", "USD-ADA", "", 1, false},
           {"BTC-USDT-SWAP_1d.json", "BTC-USDT-SWAP", "USDT-BTC", "", 1440, true},
           {"UNITTEST_BTC-1m.json", "UNITTEST_BTC", "BTC-UNITTEST", "", 1, false},
           {"binance_candles_daily.csv", "", "", "binance", 1440, false},
           {"august_entry.csv", "", "", "", 0, false},
           {"btc_ohlcv_data.csv", "", "", "", 0, false},
           {"", "", "", "", 0, false}}) {
    // clang-format on
    auto const facts = parse_file_name(each.file);
    EXPECT_EQ(facts.market.market, each.market) << each.file;
    EXPECT_EQ(facts.market.coin, each.coin) << each.file;
    EXPECT_EQ(facts.exchange, each.exchange) << each.file;
    EXPECT_EQ(facts.interval_minutes, each.interval_minutes) << each.file;
    EXPECT_EQ(facts.market.is_future, each.is_future) << each.file;
  }
}

}  // namespace
}  // namespace moneta
