// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "import/candle_text.h"

namespace moneta {
namespace {

struct RefusalCase {
  char const* name;
  char const* file;
  std::string text;
  ErrorKind kind;
  std::string message;  ///< part of the error's text
  std::vector<std::string> columns = {};

  friend void PrintTo(RefusalCase const& c, std::ostream* out) { *out << c.name; }
};

class Refusal : public testing::TestWithParam<RefusalCase> {};

TEST_P(Refusal, SaysWhatTheTextIsAndWhatToDo) {
  auto const& param = GetParam();
  ImportOptions options = at_2026();
  options.columns = param.columns;
  auto const message =
      error_text(param.kind, [&] { read_source(param.text, param.file, options); });
  EXPECT_TRUE(contains(message, param.message)) << message;
  EXPECT_TRUE(contains(message, param.file) || !param.columns.empty()) << message;
  EXPECT_TRUE(contains(message, "?") || contains(message, "python3 -c")) << message;
}

constexpr auto data = ErrorKind::data;
constexpr auto config = ErrorKind::config;

/// Rows of a table with the header `timestamp,open,high,low,close,volume`.
std::string rows_of(std::string const& rows) {
  return "timestamp,open,high,low,close,volume\n" + rows;
}

/// `count` flat bars, `minutes` apart.
std::string flat_bars(std::int64_t from_minute, std::size_t count, std::int64_t minutes) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    text += std::to_string(first_s + (from_minute + static_cast<std::int64_t>(i) * minutes) * 60) +
            ",100,100,100,100,1\n";
  }
  return text;
}

std::string nested_objects(int depth) {
  std::string text;
  for (int i = 0; i < depth; ++i) text += "{\"a\":";
  text += "1";
  return text + std::string(static_cast<std::size_t>(depth), '}');
}

std::string many_markets() {
  std::string text = "time,symbol,open,high,low,close,volume\n";
  for (int i = 0; i <= 1000; ++i) text += "1704412800,X" + std::to_string(i) + ",1,1,1,1,1\n";
  return text;
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Content, Refusal, testing::ValuesIn(std::vector<RefusalCase>{
    {"Arrow", "BTC.feather", std::string("ARROW1\0\0....", 12), data,
     "is an Arrow (Feather) file (text is needed). Convert it with: python3 -c \"import pandas, sys; f = sys.argv[1]; pandas.read_feather(f).to_csv(f + '.csv')\" BTC.feather"},
    {"OldFeather", "BTC.feather", "FEA1....", data, "is a Feather file"},
    {"Parquet", "BTC.parquet", "PAR1....", data, "pandas.read_parquet(f).to_csv"},
    {"GitLfs", "a.csv", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", data,
     "is a Git LFS pointer, which stands for the data (text is needed). Run `git lfs pull`"},
    {"WebPage", "a.csv", "\n<!DOCTYPE html>\n<html><body>404</body></html>", data, "is a web page or XML"},
    {"Xml", "a.csv", "<?xml version=\"1.0\"?><Error/>", data, "is a web page or XML"},
    {"Utf16", "a.csv", std::string("\xff\xfet\0i\0", 6), data, "is UTF-16 text"},
    {"Utf16BigEndian", "a.csv", std::string("\xfe\xff\0t\0i", 6), data, "is UTF-16 text"},
    {"Workbook", "a.csv", "PK\x03\x04xx", data, "is a zip archive or an Excel workbook"},
    {"Hdf5", "a.csv", "\x89HDF\r\n\x1a\n", data, "is an HDF5 file"},
    {"Sqlite", "a.csv", "SQLite format 3 ", data, "is an SQLite database"},
    {"GzipTwice", "a.csv", "\x1f\x8b\x08", data, "is gzip data inside gzip data"},
    {"Zstd", "a.csv", "\x28\xb5\x2f\xfd\x01", data, "is compressed with zstd"},
    {"Bzip2", "a.csv", "BZh91", data, "is compressed with bzip2"},
    {"Xz", "a.csv", "\xfd\x37zXZ", data, "is compressed with xz"},
    {"Pickle", "a.csv", "\x80\x04\x95\x01", data, "is a Python pickle"},
    {"Binary", "a.csv", std::string("ab\0cd", 5), data, "is a binary file"},
    {"Empty", "a.csv", " \r\n", data, "is empty"},
    {"Prose", "a.csv", "Rate limit exceeded\n", data, "contains no row with numbers (it begins with 'Rate limit exceeded')"},
    {"HeaderAlone", "a.csv", rows_of(""), data, "contains no row with numbers"},
    {"Trades", "trades.csv", "id,price,qty,time\n1,100,2,1704412800000\n", data, "contains single trades"},
    {"TradesWithoutHeader", "BTCUSDT-trades.csv",
     "1,100.5,0.1,10.05,1704412800000,True,True\n2,100.5,0.1,10.05,1704412800001,False,True\n", data,
     "it looks like single trades or another table"},
    {"ThreeColumns", "XBTUSD.csv", "1704412800,100.5,0.1\n1704412801,100.6,0.1\n", data,
     "it looks like single trades or another table"},
    {"OrderBook", "a.csv", "time,bids,asks\n1704412800,1,2\n", data, "contains an order book"},
    {"OrderBookJson", "a.json", R"({"lastUpdateId":1,"bids":[["1","2"]],"asks":[["3","4"]]})", data, "contains an order book"},
    {"FundingRates", "a.csv", "symbol,fundingTime,fundingRate\nBTCUSDT,1704412800000,0.0001\n", data, "contains funding rates"},
    {"MarkPrices", "BTCUSDT-1m.csv",
     "1704412800000,100,120,90,110,0,1704412859999,0,5,0,0,0\n1704412860000,110,130,105,125,0,1704412919999,0,7,0,0,0\n"
     "1704412920000,125,126,95,101,0,1704412979999,0,9,0,0,0\n", data,
     "contains no volume although the price moves inside 3 of 3 bars"},
    {"MarkPricesOfOkx", "a.json",
     R"({"code":"0","msg":"","data":[["1704412800000","100","120","90","110","1"],["1704412860000","110","130","105","125","1"]]})",
     data, "contains mark or index prices of OKX"},
    {"ErrorReplyOfBinance", "a.json", R"({"code":-1121,"msg":"Invalid symbol."})", data, "is the reply to a request that failed (msg: 'Invalid symbol.')"},
    {"ErrorReplyOfBybit", "a.json", R"({"retCode":10001,"retMsg":"params error","result":{},"time":1})", data, "(retMsg: 'params error')"},
    {"ErrorReplyOfUpbit", "a.json", R"({"error":{"name":404,"message":"Code not found"}})", data, "(message: 'Code not found')"},
    {"EmptyReply", "a.json", R"({"code":"0","msg":"","data":[]})", data, "is JSON without an array of candles"},
    {"EmptyArray", "a.json", "[]", data, "is JSON without an array of candles"},
    {"ArrayOfNumbers", "a.json", "[1704412800,1,2,3]", data, "is JSON without an array of candles"},
    {"CutOffJson", "a.json", "[[1704412800000,100,120,90,110,2],[17044128", data, "is not valid JSON ("},
    {"MixedJson", "a.json", R"([[1704412800000,100,120,90,110,2],{"a":1}])", data, "is not valid JSON ("},
    {"TwoReplies", "a.json", "[[1704412800000,100,120,90,110,2]]\n[[1704412860000,100,120,90,110,2]]", data, "contains more after its array"},
    {"DeepJson", "a.json", nested_objects(9), data, "has more than 8 objects inside each other"},
}), [](auto const& each) { return each.param.name; });

INSTANTIATE_TEST_SUITE_P(Columns, Refusal, testing::ValuesIn(std::vector<RefusalCase>{
    {"ColumnMissing", "a.csv", "timestamp,open,high,close,volume\n1704412800000,1,2,1,1\n", config,
     "no column is known to be low (the columns are 'timestamp,open,high,close,volume')"},
    {"NoVolume", "a.csv", "timestamp,open,high,low,close\n1704412800000,1,2,1,1\n", config, "no column is known to be volume"},
    {"NoTimes", "a.csv", ",open,high,low,close,volume\n0,1,2,1,1,5\n1,1,2,1,1,5\n", data,
     "no column has times of the years 2009 to 2100 (candles need one; the first row is '0,1,2,1,1,5')"},
    {"UnknownLayout", "a.csv", "1704412800,1,2,1,1,5,7,8,9,10\n", config, "the meaning of its 10 columns is not known"},
    {"TimeInTheMiddle", "a.csv", "1,2,1,1,1704412800,5\n", config, "the meaning of its 6 columns is not known"},
    {"NoOrderOfPrices", "a.csv", "1704412800,100,110,90,130,5\n", data, "are no prices of a candle in any known order"},
    {"WordsTooFew", "a.csv", rows_of("1704412800000,1,2,1,1,5\n"), config, "--columns gives 2 columns (a row of 'a.csv' has 6)", {"time", "open"}},
    {"WordUnknown", "a.csv", rows_of("1704412800000,1,2,1,1,5\n"), config, "--columns contains 'opne'", {"time", "opne", "high", "low", "close", "volume"}},
    {"WordTwice", "a.csv", rows_of("1704412800000,1,2,1,1,5\n"), config, "--columns contains 'open' twice", {"time", "open", "open", "low", "close", "volume"}},
    {"WordMissing", "a.csv", rows_of("1704412800000,1,2,1,1,5\n"), config,
     "--columns gives 'time,open,high,low,-,volume' (a candle needs", {"time", "open", "high", "low", "-", "volume"}},
    {"NoZone", "BTC.csv", ",open,high,low,close,volume\n2024-01-05 00:00:00,1,2,1,1,5\n", config,
     "the times in column 1 state no zone ('2024-01-05 00:00:00'), and nothing in the file says which it is (pyupbit and pybithumb write Korean time, ccxt and most others UTC). Give --time-zone"},
    {"ZoneMissingLater", "a.csv", rows_of("2024-01-05 00:00:00Z,1,2,1,1,5\n2024-01-05 00:01:00,1,2,1,1,5\n"), config,
     "line 3: '2024-01-05 00:01:00' has no zone. Give --time-zone"},
    {"RoundedTimes", "gemini.csv",
     "Unix Timestamp,Date,Symbol,Open,High,Low,Close,Volume\n1.70441E+12,1/5/2024 0:02,BTCUSD,1,2,1,1,4\n1.70441E+12,1/15/2024 0:02,BTCUSD,1,2,1,1,4\n", config,
     "the times in 'Unix Timestamp' were rounded by a spreadsheet to numbers like '1.70441E+12' (their minutes are lost). To read the times in 'Date' instead, give their zone, for example --time-zone +00:00?"},
    {"RoundedTimesAlone", "a.csv", rows_of("1.70441E+12,1,2,1,1,4\n1.70441E+12,1,2,1,1,4\n"), data, "Export the file again without opening it in a spreadsheet?"},
    {"DayOrMonth", "a.csv", "Date UTC,Open,High,Low,Close,Volume\n4/5/2024 0:02,1,2,1,1,4\n", data,
     "it is not certain whether '4/5/2024 0:02' begins with the month or the day"},
}), [](auto const& each) { return each.param.name; });

INSTANTIATE_TEST_SUITE_P(Rows, Refusal, testing::ValuesIn(std::vector<RefusalCase>{
    {"CellsMissing", "a.csv", rows_of("1704412800000,1,2,1,1,5\n1704412860000,1,2\n"), data, "line 3: 3 cells instead of 6"},
    {"CellsMissingInJson", "a.json", "[[1704412800000,1,2,1,1,5],[1704412860000,1]]", data, "candle 2: 2 cells instead of 6"},
    {"TimeMissing", "a.csv", rows_of("1704412800000,1,2,1,1,5\n,1,2,1,1,5\n"), data, "line 3: '' is no time from 2009 to 2100"},
    {"TimeTooEarly", "a.csv", rows_of("1704412800000,1,2,1,1,5\n1000,1,2,1,1,5\n1704412860000,1,2,1,1,5\n1704412920000,1,2,1,1,5\n1704412980000,1,2,1,1,5\n1704413040000,1,2,1,1,5\n1704413100000,1,2,1,1,5\n1704413160000,1,2,1,1,5\n1704413220000,1,2,1,1,5\n1704413280000,1,2,1,1,5\n"), data,
     "line 3: '1000' is no time from 2009 to 2100"},
    {"TimeOfAnotherForm", "a.csv", rows_of("1704412800000,1,2,1,1,5\n2024-01-05 00:01:00Z,1,2,1,1,5\n"), data, "line 3: '2024-01-05 00:01:00Z' is another form of time"},
    {"TimeInsideAMinute", "a.csv", rows_of("1704412800000,1,2,1,1,5\n1704412861500,1,2,1,1,5\n"), data,
     "line 3: 2024-01-05T00:01:01Z is 1500 ms after the start of a minute"},
    {"PriceIsText", "a.csv", rows_of("1704412800000,1,2,abc,1,5\n"), data, "line 2: low 'abc' is not a number"},
    {"PriceIsInfinite", "a.csv", rows_of("1704412800000,1,inf,1,1,5\n"), data, "line 2: high 'inf' is not a number"},
    {"PriceMissing", "a.csv", rows_of("1704412800000,1,2,,1,5\n"), data, "line 2: low '' is not a number"},
    {"PriceZero", "a.csv", rows_of("1704412800000,0,2,0,1,5\n"), data, "line 2: the price 0 is not from 1e-30 to 1e+30"},
    {"PriceTooLarge", "a.csv", rows_of("1704412800000,1,2e30,1,1,5\n"), data, "line 2: the price 2e+30 is not from"},
    {"HighBelowOpen", "a.csv", rows_of("1704412800000,3,2,1,1,5\n"), data, "line 2: open 3, high 2, low 1, close 1 are no candle"},
    {"VolumeIsText", "a.csv", rows_of("1704412800000,1,2,1,1,x\n"), data, "line 2: volume 'x' is not a number"},
    {"VolumeMissing", "a.csv", rows_of("1704412800000,1,2,1,1,5\n1704412860000,1,2,1,1,\n"), data, "line 3: the volume is missing although there are prices"},
    {"VolumeNegative", "a.csv", rows_of("1704412800000,1,2,1,1,-5\n"), data, "line 2: the volume -5 is not from 0 to 1e+30"},
    {"OnlyEmptyRows", "a.csv", rows_of("1704412800000,,,,,\n"), data, "contains no candle (all its rows are empty or unfinished)"},
    {"DifferentRowsOfOneTime", "a.csv", rows_of("1704412800000,1,2,1,1,5\n1704412860000,1,2,1,1,5\n1704412800000,1,2,1,1,6\n"), data,
     "line 2 and line 4 are different candles of 2024-01-05T00:00:00Z"},
    {"FiveMinutes", "a.csv", rows_of("1704412800000,1,2,1,1,5\n1704413100000,1,2,1,1,5\n1704413700000,1,2,1,1,5\n"), data,
     "contains bars of 5 minutes (candles of one minute are needed)"},
    {"OneHourByItsEnd", "BTCUSDT.csv", "1704412800000,1,2,1,1,5,1704416399999,5,1,1,1,0\n", data, "contains bars of 1 hour"},
    {"OneDay", "a.csv", rows_of("2024-01-05,1,2,1,1,5\n2024-01-06,1,2,1,1,5\n"), data, "contains bars of 1 day"},
    {"IntervalChanges", "a.csv", rows_of(flat_bars(0, 120, 15) + flat_bars(1800, 40, 1)), data,
     "bars of 15 minutes change to bars of 1 minute inside the file"},
    {"TooManyMarkets", "a.csv", many_markets(), data, "has rows of more than 1000 markets"},
}), [](auto const& each) { return each.param.name; });
// clang-format on

TEST(Refusals, NameTheTimeZoneIfTimesLieInTheFuture) {
  ImportOptions options;
  options.now_s = first_s + 60;
  options.utc_offset_minutes = 0;
  std::string const text =
      "time,open,high,low,close,volume\n2024-01-05 09:00,1,1,1,1,1\n2024-01-05 09:01,1,1,1,1,1\n";
  auto const message = error_text(ErrorKind::config, [&] { read_source(text, "a.csv", options); });
  EXPECT_TRUE(contains(message, "line 3: the bar of 2024-01-05T09:01:00Z lies in the future"))
      << message;
}

TEST(Refusals, AskForColumnsIfTheOrderOfPricesIsNotCertain) {
  // Bars that fall from high to low in the order of Coinbase rise from low to high in Bitfinex's.
  std::string const text =
      "2024-01-05T00:00Z,100,120,120,100,5\n2024-01-05T00:01Z,101,121,121,101,5\n";
  auto const message =
      error_text(ErrorKind::config, [&] { read_source(text, "a.csv", at_2026()); });
  EXPECT_TRUE(contains(message,
                       "the order of the prices is not certain (2 rows are candles both as low, "
                       "high, open, close and as open, close, high, low). Give --columns"))
      << message;
}

}  // namespace
}  // namespace moneta
