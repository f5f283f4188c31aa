// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "base/text.h"
#include "import/candle_text.h"

namespace moneta {
namespace {

/// A text that means `three_minutes` in some form.
struct FormCase {
  char const* name;
  char const* file;
  std::string text;
  char const* form;
  char const* exchange;
  char const* market;
  char const* coin;
  char const* decision = "";  ///< part of one of the decisions
  std::optional<std::int64_t> utc_offset_minutes = std::nullopt;
  std::vector<std::string> columns = {};

  friend void PrintTo(FormCase const& c, std::ostream* out) { *out << c.name; }
};

class Form : public testing::TestWithParam<FormCase> {};

TEST_P(Form, IsRecognizedAndRead) {
  auto const& param = GetParam();
  ImportOptions options = at_2026();
  options.utc_offset_minutes = param.utc_offset_minutes;
  options.columns = param.columns;
  auto const read = read_one(param.text, param.file, options);
  EXPECT_EQ(read.candles, three_minutes());
  EXPECT_EQ(read.form, param.form);
  EXPECT_EQ(read.exchange, param.exchange);
  EXPECT_EQ(read.market, param.market);
  EXPECT_EQ(read.coin, param.coin);
  EXPECT_EQ(read.interval_minutes, 1);
  EXPECT_TRUE(contains(joined(read.decisions, "\n"), param.decision))
      << joined(read.decisions, "\n");
}

/// The rows of `text` with the lines' ends replaced.
std::string with_line_ends(std::string const& text, std::string const& end) {
  std::string result;
  for (char const each : text) result += each == '\n' ? end : std::string(1, each);
  return result;
}

std::string const moneta_rows =
    "timestamp,open,high,low,close,volume\n"
    "1704412800000,100,120,90,110,2\n"
    "1704412860000,110,130,105,125,3\n"
    "1704412920000,125,126,95,101,4\n";

// clang-format off
INSTANTIATE_TEST_SUITE_P(Csv, Form, testing::ValuesIn(std::vector<FormCase>{
    {"BinanceVisionMilliseconds", "BTCUSDT-1m-2024-01-05.csv",
     "1704412800000,100.0,120.0,90.0,110.0,2.0,1704412859999,212.0,5,1.0,106.0,0\n"
     "1704412860000,110.0,130.0,105.0,125.0,3.0,1704412919999,354.0,7,1.0,110.0,0\n"
     "1704412920000,125.0,126.0,95.0,101.0,4.0,1704412979999,444.0,9,1.0,110.0,0\n",
     "Binance Vision klines (CSV)", "binance", "BTCUSDT", "USDT-BTC", "Times are milliseconds"},
    {"BinanceVisionMicroseconds", "ETHBTC-1m-2025-01.csv",
     "1704412800000000,100,120,90,110,2,1704412859999999,212,5,1,106,0\n"
     "1704412860000000,110,130,105,125,3,1704412919999999,354,7,1,110,0\n"
     "1704412920000000,125,126,95,101,4,1704412979999999,444,9,1,110,0\n",
     "Binance Vision klines (CSV)", "binance", "ETHBTC", "BTC-ETH", "Times are microseconds"},
    {"BinanceVisionMicrosecondsWithHeader", "SOLUSDC-1m-2025-03-04.csv",
     "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore\n"
     "1704412800000000,100,120,90,110,2,1704412859999999,212,5,1,106,0\n"
     "1704412860000000,110,130,105,125,3,1704412919999999,354,7,1,110,0\n"
     "1704412920000000,125,126,95,101,4,1704412979999999,444,9,1,110,0\n",
     "Binance Vision klines (CSV)", "binance", "SOLUSDC", "USDC-SOL", "The volume is in the base coin"},
    {"BinanceCoinMarginedContracts", "BTCUSD_PERP-1m-2024-01.csv",
     "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore\n"
     "1704412800000,100,120,90,110,21.2,1704412859999,2,5,1,106,0\n"
     "1704412860000,110,130,105,125,35.4,1704412919999,3,7,1,110,0\n"
     "1704412920000,125,126,95,101,44.4,1704412979999,4,9,1,110,0\n",
     "Binance Vision futures klines (CSV)", "binance", "BTCUSD (futures)", "USD-BTC", "counts contracts"},
    {"PythonBinance", "klines.csv",
     ",timestamp,open,high,low,close,volume,close_time,quote_av,trades,tb_base_av,tb_quote_av,ignore,datetime\n"
     "0,1704412800000,100,120,90,110,2,1704412859999,212,5,1,106,0,2024-01-05 09:00:00\n"
     "1,1704412860000,110,130,105,125,3,1704412919999,354,7,1,110,0,2024-01-05 09:01:00\n"
     "0,1704412920000,125,126,95,101,4,1704412979999,444,9,1,110,0,2024-01-05 09:02:00\n",
     "Binance klines saved by a program (CSV)", "binance", "", "", ""},
    {"UpbitCrix", "crix.csv",
     "candleDateTimeKst,candleAccTradePrice,candleAccTradeVolume,candleDateTime,code,highPrice,lowPrice,openingPrice,timestamp,tradePrice,unit\n"
     "2024-01-05T09:02:00+09:00,444,4,2024-01-05T00:02:00+00:00,CRIX.UPBIT.KRW-ADA,126,95,125,1704412979001,101,1\n"
     "2024-01-05T09:01:00+09:00,354,3,2024-01-05T00:01:00+00:00,CRIX.UPBIT.KRW-ADA,130,105,110,1704412919002,125,1\n"
     "2024-01-05T09:00:00+09:00,212,2,2024-01-05T00:00:00+00:00,CRIX.UPBIT.KRW-ADA,120,90,100,1704412859003,110,1\n",
     "Upbit CRIX candles (CSV)", "upbit", "KRW-ADA", "KRW-ADA", "divided by it is a price of the bar in 3 of 3 rows"},
    {"Pyupbit", "KRW-XRP.csv",
     ",open,high,low,close,volume,value\n"
     "2024-01-05 09:00:00,100.0,120.0,90.0,110.0,2.0,212.0\n"
     "2024-01-05 09:01:00,110.0,130.0,105.0,125.0,3.0,354.0\n"
     "2024-01-05 09:02:00,125.0,126.0,95.0,101.0,4.0,444.0\n",
     "pyupbit (CSV)", "upbit", "KRW-XRP", "KRW-XRP", "UTC+09:00: the column 'value' is pyupbit's"},
    {"PyupbitInAnotherOrder", "upbit_KRW-BTC.csv",
     "value,close,open,high,low,volume,date\n"
     "212.0,110.0,100.0,120.0,90.0,2.0,2024-01-05 09:00:00\n"
     "354.0,125.0,110.0,130.0,105.0,3.0,2024-01-05 09:01:00\n"
     "444.0,101.0,125.0,126.0,95.0,4.0,2024-01-05 09:02:00\n",
     "pyupbit (CSV)", "upbit", "KRW-BTC", "KRW-BTC", "Korean time"},
    {"PyupbitAgainstTheZoneOfTheUser", "KRW-XRP.csv",
     ",open,high,low,close,volume,value\n"
     "2024-01-05 00:00:00,100.0,120.0,90.0,110.0,2.0,212.0\n"
     "2024-01-05 00:01:00,110.0,130.0,105.0,125.0,3.0,354.0\n"
     "2024-01-05 00:02:00,125.0,126.0,95.0,101.0,4.0,444.0\n",
     "pyupbit (CSV)", "upbit", "KRW-XRP", "KRW-XRP", "UTC+00:00, as --time-zone says", 0},
    {"DatesWithoutAZoneByOption", "bithumb_BTC_KRW.csv",
     "time,open,high,low,close,volume\r\n"
     "2024-01-05 09:00:00,100.0,120.0,90.0,110.0,2.0\r\n"
     "2024-01-05 09:01:00,110.0,130.0,105.0,125.0,3.0\r\n"
     "2024-01-05 09:02:00,125.0,126.0,95.0,101.0,4.0\r\n",
     "candles with dates (CSV)", "bithumb", "BTC_KRW", "KRW-BTC", "UTC+09:00, as --time-zone says", 540},
    {"CcxtRowsWithTwoCarriageReturns", "ccxt.csv",
     "date,open,high,low,close,volume\r\r\n1704412800000,100,120,90,110,2\r\r\n1704412860000,110,130,105,125,3\r\r\n1704412920000,125,126,95,101,4\r\r\n",
     "candles (CSV)", "", "", "", ""},
    {"OnlyCarriageReturns", "KRW-BTC.csv", with_line_ends(moneta_rows, "\r"),
     "candles (CSV)", "", "KRW-BTC", "KRW-BTC", ""},
    {"ByteOrderMark", "a.csv", "\xEF\xBB\xBF" + moneta_rows, "candles (CSV)", "", "", "", ""},
    {"NoLineEndAtTheEnd", "a.csv", moneta_rows.substr(0, moneta_rows.size() - 1),
     "candles (CSV)", "", "", "", ""},
    {"TwoFilesJoined", "a.csv",
     "timestamp,open,high,low,close,volume\n1704412800000,100,120,90,110,2\n1704412860000,110,130,105,125,3\n"
     "timestamp,open,high,low,close,volume\n\n1704412920000,125,126,95,101,4\n",
     "candles (CSV)", "", "", "", ""},
    {"Quoted", "a.csv",
     "\"timestamp\",\"open\",\"high\",\"low\",\"close\",\"volume\",\"note\"\n"
     "\"1704412800000\",\"100\",\"120\",\"90\",\"110\",\"2\",\"a, b\"\n"
     "\"1704412860000\",\"110\",\"130\",\"105\",\"125\",\"3\",\"\"\n"
     "\"1704412920000\",\"125\",\"126\",\"95\",\"101\",\"4\",\"c\"\n",
     "candles (CSV)", "", "", "", ""},
    {"RowNamesWithoutAName", "a.csv",
     "timestamp,open,high,low,close,volume\n1,1704412800000,100,120,90,110,2\n2,1704412860000,110,130,105,125,3\n3,1704412920000,125,126,95,101,4\n",
     "candles (CSV)", "", "", "", ""},
    {"SeparatorAtTheEndOfRows", "a.csv",
     "timestamp,open,high,low,close,volume\n1704412800000,100,120,90,110,2,\n1704412860000,110,130,105,125,3,\n1704412920000,125,126,95,101,4,\n",
     "candles (CSV)", "", "", "", ""},
    {"Semicolons", "a.csv",
     "Time;Open;High;Low;Close;Volume\n1704412800;100;120;90;110;2\n1704412860;110;130;105;125;3\n1704412920;125;126;95;101;4\n",
     "candles (CSV)", "", "", "", "Times are seconds"},
    {"TabsAndBlanks", "a.tsv",
     "Time\tOpen\tHigh\tLow\tClose\tVolume\n1704412800\t 100\t120 \t90\t110\t2\n1704412860\t110\t130\t105\t125\t3\n1704412920\t125\t126\t95\t101\t4\n",
     "candles (CSV)", "", "", "", "Times are seconds"},
    {"NumbersOfPandasAsNames", "BTC_USDT.csv",
     ",0,1,2,3,4,5\n0,1704412800000,100,120,90,110,2\n1,1704412860000,110,130,105,125,3\n2,1704412920000,125,126,95,101,4\n",
     "rows of time, prices and volume (CSV)", "", "BTC_USDT", "USDT-BTC", ""},
    {"Nanoseconds", "a.csv",
     "ts,o,h,l,c,v\n1704412800000000000,100,120,90,110,2\n1704412860000000000,110,130,105,125,3\n1704412920000000000,125,126,95,101,4\n",
     "candles (CSV)", "", "", "", "Times are nanoseconds"},
    {"UnitChangesInsideTheFile", "a.csv",
     "ts,o,h,l,c,v\n1704412800000,100,120,90,110,2\n1704412860000000,110,130,105,125,3\n1704412920000000,125,126,95,101,4\n",
     "candles (CSV)", "", "", "", "The unit of the times changes at line 3"},
    {"NumbersWithExponents", "a.csv",
     "ts,o,h,l,c,v\n1.704412800000e+12,1e2,1.2e2,90,110,2E0\n1.704412860000e+12,110,130,105,125,3\n1.704412920000e+12,125,126,95,101,4\n",
     "candles (CSV)", "", "", "", "Times are milliseconds"},
    {"CryptoDataDownload2019", "Coinbase_BTCUSD_1m.csv",
     "Timestamps are UTC timezone,https://www.CryptoDataDownload.com\r\n"
     "date,symbol,open,high,low,close,volume_btc,volume\r\n"
     "2024-01-05 00:02:00,BTCUSD,125,126,95,101,4,444\r\n"
     "2024-01-05 00:01:00,BTCUSD,110,130,105,125,3,354\r\n"
     "2024-01-05 00:00:00,BTCUSD,100,120,90,110,2,212\r\n",
     "CryptoDataDownload (CSV)", "coinbase", "BTCUSD", "USD-BTC", "those of CryptoDataDownload are UTC"},
    {"CryptoDataDownload2020", "Bitstamp_ETHUSD_minute.csv",
     "Timestamps are UTC timezone,https://www.CryptoDataDownload.com\r\n"
     "Unix Timestamp,Date,Symbol,Open,High,Low,Close,Volume ETH,Volume USD\r\n"
     "1704412920.0,2024-01-05 00:02:00,ETHUSD,125,126,95,101,4,444\r\n"
     "1704412860.0,2024-01-05 00:01:00,ETHUSD,110,130,105,125,3,354\r\n"
     "1704412800.0,2024-01-05 00:00:00,ETHUSD,100,120,90,110,2,212\r\n",
     "CryptoDataDownload (CSV)", "bitstamp", "ETHUSD", "USD-ETH", "Times are seconds"},
    {"CryptoDataDownloadVoltoVolfrom", "Coinbase_BTCUSD_minute.csv",
     "https://www.CryptoDataDownload.com\n"
     "id,unix,date,symbol,open,high,low,close,volto,volfrom\n"
     "7,1704412920,2024-01-05 00:02:00,BTC/USD,125,126,95,101,4,444\n"
     "8,1704412860,2024-01-05 00:01:00,BTC/USD,110,130,105,125,3,354\n"
     "9,1704412800,2024-01-05 00:00:00,BTC/USD,100,120,90,110,2,212\n",
     "CryptoDataDownload (CSV)", "coinbase", "BTC/USD", "USD-BTC", "The volume is in the base coin"},
    {"CryptoDataDownloadWithVolumesThatChangePlaces", "Coinbase_BTCUSD_minute.csv",
     "https://www.CryptoDataDownload.com\n"
     "id,unix,date,symbol,open,high,low,close,volto,volfrom\n"
     "7,1704412920,2024-01-05 00:02:00,BTC/USD,125,126,95,101,4,444\n"
     "8,1704412860,2024-01-05 00:01:00,BTC/USD,110,130,105,125,3,354\n"
     "9,1704412800,2024-01-05 00:00:00,BTC/USD,100,120,90,110,212,2\n",
     "CryptoDataDownload (CSV)", "coinbase", "BTC/USD", "USD-BTC", "changed places in 1 of 3 rows"},
    {"CryptoDataDownload2022", "Binance_BTCUSDT_2022_minute.csv",
     "https://www.CryptoDataDownload.com\n"
     "Unix,Date,Symbol,Open,High,Low,Close,Volume BTC,Volume USDT,tradecount\n"
     "1704412920000,2024-01-05 00:02:00,BTCUSDT,125,126,95,101,4,444,7\n"
     "1704412860000,2024-01-05 00:01:00,BTCUSDT,110,130,105,125,3,354,8\n"
     "1704412800000,2024-01-05 00:00:00,BTCUSDT,100,120,90,110,2,212,9\n",
     "CryptoDataDownload (CSV)", "binance", "BTCUSDT", "USDT-BTC", ""},
    {"SpreadsheetDatesByOption", "gemini_BTCUSD_2024_1min.csv",
     "Unix Timestamp,Date,Symbol,Open,High,Low,Close,Volume\r\n"
     "1.70441E+12,1/5/2024 0:02,BTCUSD,125,126,95,101,4\r\n"
     "1.70441E+12,1/5/2024 0:01,BTCUSD,110,130,105,125,3\r\n"
     "1.70441E+12,1/5/2024 0:00,BTCUSD,100,120,90,110,2\r\n"
     "1.70441E+12,1/13/2024 0:00,BTCUSD,,,,,\r\n",
     "CryptoDataDownload (CSV)", "gemini", "BTCUSD", "USD-BTC", "Dates begin with the month", 0},
    {"DatesThatBeginWithTheDay", "a.csv",
     "Date;Open;High;Low;Close;Volume\n05/01/2024 00:00;100;120;90;110;2\n05/01/2024 00:01;110;130;105;125;3\n"
     "05/01/2024 00:02;125;126;95;101;4\n15/01/2024 00:02;;;;;\n",
     "candles with dates (CSV)", "", "", "", "Dates begin with the day", 0},
    {"DatesWithDots", "a.csv",
     "Date;Open;High;Low;Close;Volume\n05.01.2024 00:00;100;120;90;110;2\n05.01.2024 00:01;110;130;105;125;3\n"
     "05.01.2024 00:02;125;126;95;101;4\n",
     "candles with dates (CSV)", "", "", "", "", 0},
    {"DatesWithSlashesThatBeginWithTheYear", "a.csv",
     "Date,Open,High,Low,Close,Volume\n2024/01/05 00:00,100,120,90,110,2\n2024/01/05 00:01,110,130,105,125,3\n"
     "2024/01/05 00:02,125,126,95,101,4\n",
     "candles with dates (CSV)", "", "", "", "", 0},
    {"ClockOfTwelveHours", "a.csv",
     "Date,Open,High,Low,Close,Volume\n2024-01-05 12:00:00 AM,100,120,90,110,2\n2024-01-05 12:01:00 AM,110,130,105,125,3\n"
     "2024-01-05 12:02:00 AM,125,126,95,101,4\n",
     "candles with dates (CSV)", "", "", "", "", 0},
    {"KrakenOhlcvt", "XBTUSD_1.csv",
     "1704412800,100,120,90,110,2,5\n1704412860,110,130,105,125,3,7\n1704412920,125,126,95,101,4,9\n",
     "Kraken OHLCVT (CSV)", "kraken", "XBTUSD", "USD-BTC", "Times are seconds"},
    {"CoinbaseRows", "BTC-USD.csv",
     "1704412800,90,120,100,110,2\n1704412860,105,130,110,125,3\n1704412920,95,126,125,101,4\n",
     "Coinbase Exchange candles (CSV)", "coinbase", "BTC-USD", "USD-BTC", "in the order low, high, open, close"},
    {"BitstampBeforeFilling", "bitstampUSD_1-min_data_2012-01-01_to_2021-03-31.csv",
     "Timestamp,Open,High,Low,Close,Volume_(BTC),Volume_(Currency),Weighted_Price\n"
     "1704412740,NaN,NaN,NaN,NaN,NaN,NaN,NaN\n"
     "1704412800,100,120,90,110,2,212,106\n1704412860,110,130,105,125,3,354,118\n1704412920,125,126,95,101,4,444,111\n",
     "Bitstamp minutes (CSV)", "bitstamp", "", "", "The volume is in the base coin"},
    {"DatesOfPandasWithOffset", "BTCUSDT_1m.csv",
     "timestamp,open,high,low,close,volume\n"
     "2024-01-04 19:00:00-05:00,100,120,90,110,2\n2024-01-04 19:01:00-05:00,110,130,105,125,3\n2024-01-05 00:02:00+00:00,125,126,95,101,4\n",
     "candles with dates (CSV)", "", "BTCUSDT", "USDT-BTC", ""},
    {"IsoWithFractionsAndZ", "a.csv",
     "timestamp,open,high,low,close,volume\n"
     "2024-01-05T00:00:00.000Z,100,120,90,110,2\n2024-01-05T00:01:00.000Z,110,130,105,125,3\n2024-01-05T00:02:00.000Z,125,126,95,101,4\n",
     "candles with dates (CSV)", "", "", "", ""},
    {"NameOfTheColumnSaysUtc", "a.csv",
     "Open,High,Low,Close,Volume,Date (UTC)\n"
     "100,120,90,110,2,2024-01-05 00:00\n110,130,105,125,3,2024-01-05 00:01\n125,126,95,101,4,2024-01-05 00:02\n",
     "candles with dates (CSV)", "", "", "", "UTC+00:00, as the name of 'Date (UTC)' says"},
    {"EndOfTheBarLast", "BTCUSDT.csv",
     "open,high,low,close,volume,quote_volume,trades,close_datetime\n"
     "100,120,90,110,2,212,5,2024-01-05 01:00:59.999000+01:00\n110,130,105,125,3,354,6,2024-01-05 01:01:59.999000+01:00\n"
     "125,126,95,101,4,444,7,2024-01-05 01:02:59.999000+01:00\n",
     "candles with dates (CSV)", "", "BTCUSDT", "USDT-BTC", "'close_datetime' are the ends of the bars"},
    {"EndOfTheBarByItsSeconds", "a.csv",
     "time,open,high,low,close,volume\n1704412859,100,120,90,110,2\n1704412919,110,130,105,125,3\n1704412979,125,126,95,101,4\n",
     "candles (CSV)", "", "", "", "'time' are the ends of the bars"},
    {"ChineseHeader", "BTC-USDT.csv",
     "时间戳,开盘价,最高价,最低价,收盘价,成交量,time\n"
     "1704412800000,100,120,90,110,2,2024-01-05 08:00:00\n1704412860000,110,130,105,125,3,2024-01-05 08:01:00\n"
     "1704412920000,125,126,95,101,4,2024-01-05 08:02:00\n",
     "candles (CSV)", "", "BTC-USDT", "USDT-BTC", ""},
    {"KoreanHeader", "KRW-BTC.csv",
     "일시,시가,고가,저가,종가,거래량,거래대금\n"
     "1704412800000,100,120,90,110,2,212\n1704412860000,110,130,105,125,3,354\n1704412920000,125,126,95,101,4,444\n",
     "candles (CSV)", "", "KRW-BTC", "KRW-BTC", "The volume is in the base coin"},
    {"BitmexBucketed", "XBTUSD_1m.csv",
     "timestamp,symbol,open,high,low,close,trades,volume,vwap,lastSize,turnover,homeNotional,foreignNotional\n"
     "2024-01-05T00:01:00.000Z,XBTUSD,100,120,90,110,5,212,106,1,200000000,2,212\n"
     "2024-01-05T00:02:00.000Z,XBTUSD,110,130,105,125,5,354,118,1,300000000,3,354\n"
     "2024-01-05T00:03:00.000Z,XBTUSD,125,126,95,101,5,444,111,1,400000000,4,444\n",
     "BitMEX bucketed trades (CSV)", "bitmex", "XBTUSD", "USD-BTC", "BitMEX stamps a bar with its end"},
    {"YahooThreeHeaderLines", "minutes.csv",
     "Price,Close,High,Low,Open,Volume\nTicker,ADA-USD,ADA-USD,ADA-USD,ADA-USD,ADA-USD\nDatetime,,,,,\n"
     "2024-01-05 00:00:00+00:00,110,120,90,100,220\n2024-01-05 00:01:00+00:00,125,130,105,110,375\n2024-01-05 00:02:00+00:00,101,126,95,125,404\n",
     "Yahoo Finance (CSV)", "yahoo", "ADA-USD", "USD-ADA", "divided by the close, which is an estimate"},
    {"YahooWithAdjustedClose", "BTC-USD.csv",
     "Datetime,Open,High,Low,Close,Adj Close,Volume\n"
     "2024-01-05 00:00:00+00:00,100,120,90,110,110,220\n2024-01-05 00:01:00+00:00,110,130,105,125,125,375\n"
     "2024-01-05 00:02:00+00:00,125,126,95,101,101,404\n",
     "Yahoo Finance (CSV)", "yahoo", "BTC-USD", "USD-BTC", "in the quote currency"},
    {"MonetaWithValue", "KRW-BTC.csv",
     "timestamp,open,high,low,close,volume,value\n1704412800000,100,120,90,110,2,212\n1704412860000,110,130,105,125,3,354\n1704412920000,125,126,95,101,4,444\n",
     "candles (CSV)", "", "KRW-BTC", "KRW-BTC", ""},
    {"ColumnsByOption", "a.csv",
     "x,a,b,c,d,e,f\n9,2,110,90,120,100,1704412800\n9,3,125,105,130,110,1704412860\n9,4,101,95,126,125,1704412920\n",
     "columns as given (CSV)", "", "", "", "",
     std::nullopt, {"-", "volume", "close", "low", "high", "open", "time"}},
    {"EndsByOption", "a.csv",
     "1704412860,100,120,90,110,2\n1704412920,110,130,105,125,3\n1704412980,125,126,95,101,4\n",
     "columns as given (CSV)", "", "", "", "are the ends of the bars",
     std::nullopt, {"close_time", "open", "high", "low", "close", "volume"}},
}), [](auto const& each) { return each.param.name; });

INSTANTIATE_TEST_SUITE_P(Json, Form, testing::ValuesIn(std::vector<FormCase>{
    {"BinanceRest", "klines_BTCUSDT_1m.json",
     R"([[1704412800000,"100","120","90","110","2",1704412859999,"212",5,"1","106","0"],
         [1704412860000,"110","130","105","125","3",1704412919999,"354",7,"1","110","0"],
         [1704412920000,"125","126","95","101","4",1704412979999,"444",9,"1","110","0"]])",
     "Binance klines (JSON)", "binance", "BTCUSDT", "USDT-BTC", "The volume is in the base coin"},
    {"Upbit", "minutes.json",
     R"([{"market":"KRW-BTC","candle_date_time_utc":"2024-01-05T00:02:00","candle_date_time_kst":"2024-01-05T09:02:00","opening_price":125.0,"high_price":126.0,"low_price":95.0,"trade_price":101.0,"timestamp":1704412979123,"candle_acc_trade_price":444.0,"candle_acc_trade_volume":4.0,"unit":1},
         {"unit":1,"market":"KRW-BTC","candle_date_time_utc":"2024-01-05T00:01:00","candle_date_time_kst":"2024-01-05T09:01:00","opening_price":110.0,"high_price":130.0,"low_price":105.0,"trade_price":125.0,"timestamp":1704412919123,"candle_acc_trade_price":354.0,"candle_acc_trade_volume":3.0},
         {"market":"KRW-BTC","candle_date_time_utc":"2024-01-05T00:00:00","candle_date_time_kst":"2024-01-05T09:00:00","opening_price":100.0,"high_price":120.0,"low_price":90.0,"trade_price":110.0,"timestamp":1704412859123,"candle_acc_trade_price":212.0,"candle_acc_trade_volume":2.0,"unit":1}])",
     "Upbit candles (REST JSON)", "upbit", "KRW-BTC", "KRW-BTC", "UTC+00:00, as the name of 'candle_date_time_utc' says"},
    {"Freqtrade", "BTC_USDT-1m.json",
     "[[1704412800000, 100, 120, 90, 110, 2], [1704412860000, 110, 130, 105, 125, 3], [1704412920000, 125, 126, 95, 101, 4]]",
     "rows of ccxt or freqtrade (JSON)", "", "BTC_USDT", "USDT-BTC", ""},
    {"FreqtradeFutures", "ETH_USDT_USDT-1m-futures.json",
     "[[1704412800000,100,120,90,110,2],[1704412860000,110,130,105,125,3],[1704412920000,125,126,95,101,4]]",
     "rows of ccxt or freqtrade (JSON)", "", "ETH_USDT_USDT", "USDT-ETH", ""},
    {"KrakenRest", "ohlc.json",
     R"({"error":[],"result":{"XXBTZUSD":[[1704412800,"100","120","90","110","106","2.0",5],[1704412860,"110","130","105","125","0.0","3",7],[1704412920,"125","126","95","101","111","4",9],[1704412980,"101","101","101","101","101","1",1]],"last":1704412920}})",
     "Kraken OHLC (REST JSON)", "kraken", "XBTUSD", "USD-BTC", ""},
    {"CoinbaseExchange", "candles.json",
     "[[1704412920,95,126,125,101,4],\n[1704412860,105,130,110,125,3],\n[1704412800,90,120,100,110,2]]",
     "Coinbase Exchange candles (JSON)", "coinbase", "", "", "in the order low, high, open, close"},
    {"CoinbaseAdvanced", "BTC-EUR.json",
     R"({"candles":[{"start":"1704412920","low":"95","high":"126","open":"125","close":"101","volume":"4"},{"start":"1704412860","low":"105","high":"130","open":"110","close":"125","volume":"3"},{"start":"1704412800","low":"90","high":"120","open":"100","close":"110","volume":"2"}]})",
     "Coinbase Advanced Trade candles (REST JSON)", "coinbase", "BTC-EUR", "EUR-BTC", ""},
    {"BitstampRest", "ohlc.json",
     R"({"data":{"ohlc":[{"close":"110","high":"120","low":"90","open":"100","timestamp":"1704412800","volume":"2"},{"close":"125","high":"130","low":"105","open":"110","timestamp":"1704412860","volume":"3"},{"close":"101","high":"126","low":"95","open":"125","timestamp":"1704412920","volume":"4"}],"pair":"BTC\/USD"}})",
     "Bitstamp OHLC (REST JSON)", "bitstamp", "BTC/USD", "USD-BTC", ""},
    {"BybitLinear", "kline.json",
     R"({"retCode":0,"retMsg":"OK","result":{"symbol":"BTCUSDT","category":"linear","list":[["1704412980000","101","101","101","101","1","101"],["1704412920000","125","126","95","101","4","444"],["1704412860000","110","130","105","125","3","354"],["1704412800000","100","120","90","110","2","212"]]},"retExtInfo":{},"time":1704412990000})",
     "Bybit v5 klines, linear (REST JSON)", "bybit", "BTCUSDT (futures)", "USDT-BTC", ""},
    {"BybitInverse", "kline.json",
     R"({"retCode":0,"retMsg":"OK","result":{"category":"inverse","symbol":"BTCUSD","list":[["1704412920000","125","126","95","101","444","4"],["1704412860000","110","130","105","125","354","3"],["1704412800000","100","120","90","110","212","2"]]},"time":1704412990000})",
     "Bybit v5 klines, inverse (REST JSON)", "bybit", "BTCUSD (futures)", "USD-BTC", "The first of the two volumes is in the quote currency"},
    {"OkxSwap", "BTC-USDT-SWAP_1m.json",
     R"({"code":"0","msg":"","data":[["1704412980000","101","101","101","101","100","1","101","0"],["1704412920000","125","126","95","101","400","4","444","1"],["1704412860000","110","130","105","125","300","3","354","1"],["1704412800000","100","120","90","110","200","2","212","1"]]})",
     "OKX v5 candles (REST JSON)", "okx", "BTC-USDT-SWAP", "USDT-BTC", "The first volume counts contracts"},
    {"OkxSpot", "BTC-USDT_1m.json",
     R"({"code":"0","msg":"","data":[["1704412920000","125","126","95","101","4","444","444","1"],["1704412860000","110","130","105","125","3","354","354","1"],["1704412800000","100","120","90","110","2","212","212","1"]]})",
     "OKX v5 candles (REST JSON)", "okx", "BTC-USDT", "USDT-BTC", "The volume is in the base coin"},
    {"OkxSwapBeforeConfirm", "BTC-USDT-SWAP_1m.json",
     R"({"code":"0","msg":"","data":[["1704412920000","125","126","95","101","4000","4"],["1704412860000","110","130","105","125","3000","3"],["1704412800000","100","120","90","110","2000","2"]]})",
     "OKX v5 candles (REST JSON)", "okx", "BTC-USDT-SWAP", "USDT-BTC", "The first volume counts contracts"},
    {"Bithumb", "BTC_KRW_1m.json",
     R"({"status":"0000","data":[[1704412800000,"100","110","120","90","2"],[1704412860000,"110","125","130","105","3"],[1704412920000,"125","101","126","95","4"]]})",
     "Bithumb candlesticks (REST JSON)", "bithumb", "BTC_KRW", "KRW-BTC", "as in the replies of Bithumb"},
    {"BitfinexAscending", "candles.json",
     "[\n [\n1704412800000, 100, 110, 120, 90, 2],[1704412860000,110,125,130,105,3],[1704412920000,125,101,126,95,4]]\n",
     "Bitfinex candles (JSON)", "bitfinex", "", "", "in the order open, close, high, low"},
    {"Objects", "a.json",
     R"([{"time":1704412800,"open":100,"high":120,"low":90,"close":110,"volume":2},{"time":1704412860,"open":110,"high":130,"low":105,"close":125,"volume":3},{"time":1704412920,"open":125,"high":126,"low":95,"close":101,"volume":4,"extra":{"x":[1]}}])",
     "candles as objects (JSON)", "", "", "", ""},
    {"ColumnsByOption", "a.json",
     R"([{"a":1704412800,"b":100,"c":120,"d":90,"e":110,"f":2},{"a":1704412860,"b":110,"c":130,"d":105,"e":125,"f":3},{"a":1704412920,"b":125,"c":126,"d":95,"e":101,"f":4}])",
     "columns as given (JSON)", "", "", "", "",
     std::nullopt, {"timestamp", "open", "high", "low", "close", "volume"}},
}), [](auto const& each) { return each.param.name; });
// clang-format on

}  // namespace
}  // namespace moneta
