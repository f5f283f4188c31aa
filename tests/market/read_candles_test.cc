// SPDX-License-Identifier: Apache-2.0
#include "market/read_candles.h"

#include <gtest/gtest.h>

#include "io/line_writer.h"
#include "support/error_text.h"
#include "support/scratch_folder.h"

namespace moneta {
namespace {

namespace fs = std::filesystem;

constexpr char const* header = "timestamp,open,high,low,close,volume\n";
constexpr char const* good_row = "1617364800000,10,12,9,11,5\n";  // 2021-04-02T12:00:00Z

void write_gzip(fs::path const& path, std::string_view text) {
  LineWriter file(path, TextFormat::gzip);
  file.write(text);
  file.close();
}

/// The error text when a file with this text is read.
std::string error_for(std::string const& text, BadRows policy = BadRows::error) {
  ScratchFolder const folder;
  write_bytes(folder / "KRW-BTC.csv", text);
  std::string const message =
      error_text(ErrorKind::data, [&] { read_candles(folder / "KRW-BTC.csv", policy); });
  EXPECT_NE(message.find((folder / "KRW-BTC.csv").string()), std::string::npos) << message;
  return message;
}

TEST(ReadCandles, ReadsPlainAndGzipWithAndWithoutTheValueColumn) {
  ScratchFolder const folder;
  std::string const without = std::string(header) + "1617364800000,1.5,2e1,0.25,11,0\n" +
                              "1617364920000,3,3,3,3,1234.5678\n";
  std::string const with =
      "timestamp,open,high,low,close,volume,value\n1617364800000,1.5,2e1,0.25,11,0,99\n"
      "1617364920000,3,3,3,3,1234.5678,1e9";
  std::vector<Candle> const expected = {{1617364800, 1.5, 20, 0.25, 11, 0},
                                        {1617364920, 3, 3, 3, 3, 1234.5678}};
  int n = 0;
  for (std::string const& text : {without, with, "\xEF\xBB\xBF" + without}) {
    auto const plain = folder / ("plain" + std::to_string(++n) + ".csv");
    auto const packed = folder / ("packed" + std::to_string(n) + ".csv.gz");
    write_bytes(plain, text);
    write_gzip(packed, text);
    for (auto const& path : {plain, packed}) {
      RawCandles const raw = read_candles(path, BadRows::error);
      EXPECT_EQ(raw.candles, expected) << path;
      EXPECT_EQ(raw.skipped_rows, 0u);
    }
  }
}

TEST(ReadCandles, ReturnsNoCandlesForAHeaderAlone) {
  ScratchFolder const folder;
  write_bytes(folder / "a.csv", header);
  EXPECT_TRUE(read_candles(folder / "a.csv", BadRows::error).candles.empty());
}

struct RowCase {
  char const* name;
  char const* row;
  char const* message;

  friend void PrintTo(RowCase const& c, std::ostream* out) { *out << c.name; }
};

class BadRow : public testing::TestWithParam<RowCase> {};

TEST_P(BadRow, IsReportedWithFileLineAndValue) {
  auto const message = error_for(std::string(header) + good_row + GetParam().row + "\n");
  EXPECT_NE(
      message.find(std::string("' line 3: ") + GetParam().message +
                   " (the row is not a valid candle). Fix the file, or set data.on_bad_row to "
                   "skip?"),
      std::string::npos)
      << message;
}

TEST_P(BadRow, IsLeftOutAndCountedOnRequest) {
  ScratchFolder const folder;
  std::string const last = "1617365100000,7,7,7,7,0\n";
  write_bytes(folder / "a.csv", std::string(header) + good_row + GetParam().row + "\n" + last +
                                    GetParam().row + "\n");
  RawCandles const raw = read_candles(folder / "a.csv", BadRows::skip);
  EXPECT_EQ(raw.skipped_rows, 2u);
  EXPECT_EQ(raw.candles,
            (std::vector<Candle>{{1617364800, 10, 12, 9, 11, 5}, {1617365100, 7, 7, 7, 7, 0}}));
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, BadRow, testing::ValuesIn(std::vector<RowCase>{
    {"OutOfOrder",     "1617364740000,1,1,1,1,1",
     "timestamp 1617364740000 (2021-04-02T11:59:00Z) comes after 2021-04-02T12:00:00Z"},
    {"Repeated",       "1617364800000,1,1,1,1,1",
     "timestamp 1617364800000 (2021-04-02T12:00:00Z) is repeated"},
    {"HighBelowLow",   "1617364860000,2,1.0000001,1.0000002,2,1",
     "high '1.0000001' is below low '1.0000002'"},
    {"OpenAboveHigh",  "1617364860000,4,3,1,2,1",  "open '4' is outside low '1' to high '3'"},
    {"CloseBelowLow",  "1617364860000,2,3,1,.5,1", "close '.5' is outside low '1' to high '3'"},
    {"ZeroPrice",      "1617364860000,2,3,0,2,1",  "low '0' is not positive"},
    {"NegativePrice",  "1617364860000,-2,3,1,2,1", "open '-2' is not positive"},
    {"TinyPrice",      "1617364860000,2,3,1e-31,2,1", "low '1e-31' is not from 1e-30 to 1e+30"},
    {"HugePrice",      "1617364860000,2,1e31,1,2,1",  "high '1e31' is not from 1e-30 to 1e+30"},
    {"NegativeVolume", "1617364860000,2,3,1,2,-0.5",  "volume '-0.5' is negative"},
    {"HugeVolume",     "1617364860000,2,3,1,2,1e300", "volume '1e300' is above 1e+30"},
    {"NotANumber",     "1617364860000,2,3,1,nan,1",   "close 'nan' is not finite"},
    {"Infinite",       "1617364860000,2,inf,1,2,1",   "high 'inf' is not finite"},
    {"Overflow",       "1617364860000,2,1e999,1,2,1", "high '1e999' is not a number"},
    {"Text",           "1617364860000,2,3,1,hello,1", "close 'hello' is not a number"},
    {"NumberAndMore",  "1617364860000,2,3,1,2x,1",    "close '2x' is not a number"},
    {"Blank",          "1617364860000,2, 3,1,2,1",    "high ' 3' is not a number"},
    {"Missing",        "1617364860000,2,,1,2,1",      "high '' is not a number"},
    {"Unprintable",    "1617364860000,2,\x01\xff,1,2,1", "high '\?\?' is not a number"},
    {"VeryLong",       "1617364860000,2,xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx,1,2,1",
     "high 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...' is not a number"},
    {"TimeAsText",     "2021-04-02 12:01,2,3,1,2,1",
     "timestamp '2021-04-02 12:01' is not a whole number of milliseconds"},
    {"TimeInSeconds",  "1617364860,2,3,1,2,1",
     "timestamp 1617364860 is not the start of a minute in milliseconds"},
    {"TimeInsideAMinute", "1617364861000,2,3,1,2,1",
     "timestamp 1617364861000 is not the start of a minute in milliseconds"},
    {"TimeNegative",   "-60000,2,3,1,2,1",
     "timestamp -60000 is not in the years 1970 to 9999 as milliseconds"},
    {"TimeInMicroseconds", "1617364860000000,2,3,1,2,1",
     "timestamp 1617364860000000 is not in the years 1970 to 9999 as milliseconds"},
    {"TooFewColumns",  "1617364860000,2,3,1,2",     "5 columns instead of 6"},
    {"TooManyColumns", "1617364860000,2,3,1,2,1,8", "7 columns instead of 6"},
    {"VeryMany",       "1,2,3,4,5,6,7,8,9,10,11",   "11 columns instead of 6"},
    {"Empty",          "",                          "the line is empty"},
}), [](auto const& each) { return each.param.name; });
// clang-format on

struct HeaderCase {
  char const* name;
  char const* text;
  char const* message;

  friend void PrintTo(HeaderCase const& c, std::ostream* out) { *out << c.name; }
};

class BadHeader : public testing::TestWithParam<HeaderCase> {};

TEST_P(BadHeader, IsRejectedEvenIfBadRowsAreSkipped) {
  for (auto const policy : {BadRows::error, BadRows::skip}) {
    auto const message = error_for(GetParam().text, policy);
    EXPECT_NE(message.find(std::string("line 1 is ") + GetParam().message +
                           " (a header 'timestamp,open,high,low,close,volume[,value]' is needed)"),
              std::string::npos)
        << message;
  }
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, BadHeader, testing::ValuesIn(std::vector<HeaderCase>{
    {"EmptyFile",     "",                                  "missing"},
    {"EmptyLine",     "\n",                                "''"},
    {"NoHeader",      "1617364800000,10,12,9,11,5\n",      "'1617364800000,10,12,9,11,5'"},
    {"ColumnMissing", "timestamp,open,high,low,close\n1,1,1,1,1\n", "'timestamp,open,high,low,close'"},
    {"OtherOrder",    "timestamp,open,low,high,close,volume\n", "'timestamp,open,low,high,close,volume'"},
    {"OneMore",       "timestamp,open,high,low,close,volume,value,x\n", "'timestamp,open,high,low,close,volume,val...'"},
}), [](auto const& each) { return each.param.name; });
// clang-format on

TEST(ReadCandles, NamesAMissingFile) {
  ScratchFolder const folder;
  auto const message =
      error_text(ErrorKind::data, [&] { read_candles(folder / "none.csv", BadRows::error); });
  EXPECT_NE(message.find("none.csv' (No such file or directory)"), std::string::npos) << message;
}

TEST(ReadCandles, RejectsATruncatedGzipFileEvenIfBadRowsAreSkipped) {
  ScratchFolder const folder;
  write_gzip(folder / "a.csv.gz", std::string(header) + good_row);
  std::string const whole = read_bytes(folder / "a.csv.gz");
  write_bytes(folder / "a.csv.gz", whole.substr(0, whole.size() - 5));
  for (auto const policy : {BadRows::error, BadRows::skip}) {
    auto const message =
        error_text(ErrorKind::data, [&] { read_candles(folder / "a.csv.gz", policy); });
    EXPECT_NE(message.find("a.csv.gz' is truncated"), std::string::npos) << message;
  }
}

TEST(FindRawFile, TakesPlainOrGzip) {
  ScratchFolder const folder;
  write_bytes(folder / "KRW-BTC.csv.gz", "");
  EXPECT_EQ(find_raw_file(folder.path(), "KRW-BTC"), folder / "KRW-BTC.csv.gz");
  fs::rename(folder / "KRW-BTC.csv.gz", folder / "KRW-BTC.csv");
  EXPECT_EQ(find_raw_file(folder.path(), "KRW-BTC"), folder / "KRW-BTC.csv");
  write_bytes(folder / "KRW-BTC.csv.gz", "");
  auto const message =
      error_text(ErrorKind::data, [&] { find_raw_file(folder.path(), "KRW-BTC"); });
  EXPECT_NE(message.find("has both KRW-BTC.csv and KRW-BTC.csv.gz"), std::string::npos) << message;
}

TEST(FindRawFile, NamesTheContentsOfTheFolderIfThereIsNoFile) {
  ScratchFolder const folder;
  auto const message = [&] {
    return error_text(ErrorKind::data, [&] { find_raw_file(folder.path(), "KRW-BTC"); });
  };
  EXPECT_NE(message().find("no raw candles of KRW-BTC (the folder '" + folder.path().string() +
                           "' has neither KRW-BTC.csv nor KRW-BTC.csv.gz; it contains: nothing)"),
            std::string::npos)
      << message();
  write_bytes(folder / "b.csv", "");
  write_bytes(folder / "a.csv", "");
  EXPECT_NE(message().find("; it contains: a.csv, b.csv)"), std::string::npos) << message();
  for (int i = 10; i < 40; ++i) write_bytes(folder / ("c" + std::to_string(i)), "");
  EXPECT_NE(message().find("c27 and 12 more). Is the coin's name right"), std::string::npos)
      << message();
}

TEST(FindRawFile, ReportsAMissingFolder) {
  ScratchFolder const folder;
  auto const message =
      error_text(ErrorKind::data, [&] { find_raw_file(folder / "none", "KRW-BTC"); });
  EXPECT_NE(message.find("/none' cannot be listed: No such file or directory). Is data.raw right"),
            std::string::npos)
      << message;
}

}  // namespace
}  // namespace moneta
