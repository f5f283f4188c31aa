// SPDX-License-Identifier: Apache-2.0
#include "market/read_candles.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>

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
  auto const message =
      error_for(std::string(header) + good_row + GetParam().row + "\n1617365100000,7,7,7,7,0\n");
  EXPECT_NE(
      message.find(std::string("' line 3: ") + GetParam().message +
                   " (1 of 3 rows is no valid candle). Fix the file, or set data.on_bad_row to "
                   "skip?"),
      std::string::npos)
      << message;
}

TEST_P(BadRow, IsLeftOutAndCountedOnRequest) {
  ScratchFolder const folder;
  std::string const more = "1617365100000,7,7,7,7,0\n1617365160000,8,8,8,8,0\n";
  write_bytes(folder / "a.csv", std::string(header) + good_row + GetParam().row + "\n" + more +
                                    GetParam().row + "\n1617365220000,9,9,9,9,0\n");
  RawCandles const raw = read_candles(folder / "a.csv", BadRows::skip);
  EXPECT_EQ(raw.skipped_rows, 2u);
  ASSERT_EQ(raw.skipped.size(), 1u);
  EXPECT_EQ(raw.skipped[0].rows, 2u);
  EXPECT_EQ(raw.skipped[0].first_line, 3u);
  EXPECT_EQ(raw.candles, (std::vector<Candle>{{1617364800, 10, 12, 9, 11, 5},
                                              {1617365100, 7, 7, 7, 7, 0},
                                              {1617365160, 8, 8, 8, 8, 0},
                                              {1617365220, 9, 9, 9, 9, 0}}));
  EXPECT_EQ(raw.lines, (std::vector<std::uint32_t>{2, 4, 5, 7}));
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, BadRow, testing::ValuesIn(std::vector<RowCase>{
    {"OutOfOrder",     "1617364740000,1,1,1,1,1",
     "timestamp 1617364740000 (2021-04-02T11:59:00Z) comes after 2021-04-02T12:00:00Z"},
    {"Repeated",       "1617364800000,1,1,1,1,1",
     "timestamp 1617364800000 (2021-04-02T12:00:00Z) is repeated (line 2 has the same minute)"},
    {"FarInTheFuture", "1917364800000,1,1,1,1,1",
     "timestamp 1917364800000 (2030-10-04T17:20:00Z) comes before 2021-04-02T12:05:00Z"},
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
     "timestamp 1617364860 is 2021-04-02T12:01:00Z in seconds instead of milliseconds"},
    {"TimeInNanoseconds", "1617364860000000000,2,3,1,2,1",
     "timestamp 1617364860000000000 is 2021-04-02T12:01:00Z in nanoseconds instead of milliseconds"},
    {"TimeInsideAMinute", "1617364861000,2,3,1,2,1",
     "timestamp 1617364861000 is not the start of a minute in milliseconds"},
    {"TimeNegative",   "-60000,2,3,1,2,1",
     "timestamp -60000 is not in the years 1970 to 9999 as milliseconds"},
    {"TimeInMicroseconds", "1617364860000000,2,3,1,2,1",
     "timestamp 1617364860000000 is 2021-04-02T12:01:00Z in microseconds instead of milliseconds"},
    {"TimeBeyondTheYears", "253402300800000,2,3,1,2,1",
     "timestamp 253402300800000 is not in the years 1970 to 9999 as milliseconds"},
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

/// Rows of these minutes after 2021-04-02T12:00:00Z, in this order. The price of a row is its
/// place.
std::string rows_of(std::vector<std::int64_t> const& minutes, std::int64_t unit = 1'000) {
  std::string text = header;
  for (std::size_t i = 0; i < minutes.size(); ++i) {
    auto const time = (1'617'364'800 + minutes[i] * 60) * unit;
    auto const price = i + 1;
    text += fmt::format("{},{},{},{},{},1\n", time, price, price, price, price);
  }
  return text;
}

std::vector<std::int64_t> minutes_of(RawCandles const& raw) {
  std::vector<std::int64_t> minutes;
  for (auto const& each : raw.candles) minutes.push_back((each.time_s - 1'617'364'800) / 60);
  return minutes;
}

struct OrderCase {
  char const* name;
  std::vector<std::int64_t> minutes, kept;
  std::vector<SkippedRows> skipped;

  friend void PrintTo(OrderCase const& c, std::ostream* out) { *out << c.name; }
};

class RowOrder : public testing::TestWithParam<OrderCase> {};

TEST_P(RowOrder, LeavesOutTheWrongRowAndNotThoseAfterIt) {
  ScratchFolder const folder;
  write_bytes(folder / "a.csv", rows_of(GetParam().minutes));
  auto const raw = read_candles(folder / "a.csv", BadRows::skip);
  EXPECT_EQ(minutes_of(raw), GetParam().kept);
  EXPECT_EQ(raw.skipped, GetParam().skipped);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, RowOrder, testing::ValuesIn(std::vector<OrderCase>{
    {"InOrder",        {0, 1, 2, 9},           {0, 1, 2, 9},    {}},
    {"OneInTheFuture", {0, 1, 90'000, 2, 3},   {0, 1, 2, 3},    {{"timestamp out of order", 1, 4}}},
    {"FirstInTheFuture", {90'000, 1, 2, 3},    {1, 2, 3},       {{"timestamp out of order", 1, 2}}},
    {"OneInThePast",   {5, 6, 7, -9'000, 8},   {5, 6, 7, 8},    {{"timestamp out of order", 1, 5}}},
    {"TwoInThePast",   {5, 6, 1, 2, 7, 8, 9},  {5, 6, 7, 8, 9}, {{"timestamp out of order", 2, 4}}},
    {"Repeated",       {0, 1, 1, 2},           {0, 1, 2},       {{"repeated minute", 1, 3}}},
    {"Overlap",        {0, 1, 2, 3, 2, 3, 4, 5, 6}, {0, 1, 2, 3, 4, 5, 6}, {{"repeated minute", 2, 4}}},
}), [](auto const& each) { return each.param.name; });
// clang-format on

struct RepeatedCase {
  char const* name;
  char const* first;  ///< of the two rows of a minute
  char const* second;
  double kept_close;

  friend void PrintTo(RepeatedCase const& c, std::ostream* out) { *out << c.name; }
};

class RepeatedMinute : public testing::TestWithParam<RepeatedCase> {};

TEST_P(RepeatedMinute, KeepsTheCompleteCandle) {
  ScratchFolder const folder;
  std::string const before = "1617364800000,10,12,9,11,5\n",
                    after = "1617364920000,1,1,1,1,5\n1617364980000,1,1,1,1,5\n";
  std::string const first = std::string("1617364860000,") + GetParam().first + "\n";
  std::string const second = std::string("1617364860000,") + GetParam().second + "\n";
  // Also if the second download begins earlier, so that one of the rows is out of order.
  for (auto const& text :
       {before + first + second + after, before + first + before + second + after}) {
    write_bytes(folder / "a.csv", header + text);
    auto const raw = read_candles(folder / "a.csv", BadRows::skip);
    ASSERT_EQ(raw.candles.size(), 4u);
    EXPECT_EQ(raw.candles[1].close, GetParam().kept_close) << text;
  }
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, RepeatedMinute, testing::ValuesIn(std::vector<RepeatedCase>{
    {"UnfinishedFirst",  "10,11,9,10,1", "10,12,8,12,7",   12},
    {"UnfinishedSecond", "10,12,8,12,7", "10,11,9,10,1",   12},
    {"WiderRange",       "10,12,8,12,1", "10,11,9,10,1",   12},
    {"WiderRangeSecond", "10,11,9,10,1", "10,12,8,12,1",   12},
    {"Equal",            "10,11,9,10,1", "10,11,9,9.5,1", 9.5},
}), [](auto const& each) { return each.param.name; });
// clang-format on

/// The minutes from `first` to before `end`, in steps.
std::vector<std::int64_t> range(std::int64_t first, std::int64_t end) {
  std::vector<std::int64_t> minutes;
  for (auto minute = first; minute < end; ++minute) minutes.push_back(minute);
  return minutes;
}

struct FormCase {
  char const* name;
  std::string text;
  std::vector<std::string> parts;

  friend void PrintTo(FormCase const& c, std::ostream* out) { *out << c.name; }
};

class OtherForm : public testing::TestWithParam<FormCase> {};

TEST_P(OtherForm, IsNamedAndNeverSkipped) {
  ScratchFolder const folder;
  write_bytes(folder / "KRW-BTC.csv", GetParam().text);
  for (auto const policy : {BadRows::error, BadRows::skip}) {
    auto const message = error_text(ErrorKind::data, [&] {
      read_candles(folder / "KRW-BTC.csv", policy, {.max_bad_rows = 0.5});
    });
    for (auto const& part : GetParam().parts) {
      EXPECT_NE(message.find(part), std::string::npos) << "no '" << part << "' in: " << message;
    }
    EXPECT_NE(message.find("convert it with `moneta import KRW-BTC.csv --to " +
                           folder.path().string() + "`?"),
              std::string::npos)
        << message;
    EXPECT_EQ(message.find("on_bad_row"), std::string::npos) << message;
  }
}

std::string without_header(std::string const& text) { return text.substr(text.find('\n') + 1); }

std::string reversed(std::vector<std::int64_t> minutes) {
  std::reverse(minutes.begin(), minutes.end());
  return rows_of(minutes);
}

INSTANTIATE_TEST_SUITE_P(
    Table, OtherForm,
    testing::ValuesIn(std::vector<FormCase>{
        {"Seconds", rows_of(range(0, 3'000), 1), {"line 2: ", "in seconds", "2997 of 3000 rows"}},
        {"MillisecondsThenMicroseconds",
         rows_of(range(0, 10)) + without_header(rows_of(range(10, 40), 1'000'000)),
         {"line 12: timestamp 1617365400000000 is 2021-04-02T12:10:00Z in microseconds",
          "30 of 40 rows"}},
        {"Nanoseconds", rows_of(range(0, 5), 1'000'000'000), {"in nanoseconds", "5 of 5 rows"}},
        {"NewestFirst",
         reversed(range(0, 30)),
         {"line 3: the candle of 2021-04-02T12:28:00Z comes after that of 2021-04-02T12:29:00Z",
          "newest candles come first"}},
        {"NoHeader", without_header(rows_of(range(0, 5))), {"line 1 is '1617364800000,1,1,1,1,1'"}},
    }),
    [](auto const& each) { return each.param.name; });

TEST(ReadCandles, SkipsNoMoreThanTheAllowedShareOfRows) {
  ScratchFolder const folder;
  auto const path = folder / "a.csv";
  write_bytes(path, rows_of(range(0, 999)) + "1617364800000,1,1,1,nan,1\n");
  EXPECT_EQ(read_candles(path, BadRows::skip, {.max_bad_rows = 0.001}).skipped_rows, 1u);
  auto const message = error_text(
      ErrorKind::data, [&] { read_candles(path, BadRows::skip, {.max_bad_rows = 0.0009}); });
  EXPECT_NE(
      message.find("line 1001: close 'nan' is not finite (1 of 1000 rows are no valid candles,"
                   " and data.max_bad_rows is 0.0009). Fix the file, or fetch the coin again?"),
      std::string::npos)
      << message;
  EXPECT_EQ(error_text(ErrorKind::data,
                       [&] { read_candles(path, BadRows::error, {.max_bad_rows = 0.0009}); }),
            message)
      << "to skip is no remedy";
}

TEST(ReadCandles, NeverSkipsMostRows) {
  auto const message = error_for(std::string(header) + good_row + "a\nb\n", BadRows::skip);
  EXPECT_NE(message.find("line 3: 1 columns instead of 6 (2 of 3 rows"), std::string::npos)
      << message;
}

TEST(ReadCandles, TakesEmptyLinesAtTheEnd) {
  ScratchFolder const folder;
  for (std::string const end : {"\n", "\r\n\r\n", "\n\n\n"}) {
    write_bytes(folder / "a.csv", std::string(header) + good_row + end);
    EXPECT_EQ(read_candles(folder / "a.csv", BadRows::error).candles.size(), 1u);
  }
}

TEST(ReadCandles, RejectsCandlesThatContinueIntoTheFuture) {
  ScratchFolder const folder;
  auto const path = folder / "a.csv";
  std::int64_t const start_s = 1'617'364'800;
  write_bytes(path, rows_of(range(0, 600)));
  EXPECT_NO_THROW(read_candles(path, BadRows::error, {1, start_s + 597 * 60}));
  for (auto const policy : {BadRows::error, BadRows::skip}) {
    auto const message = error_text(ErrorKind::data, [&] {
      read_candles(path, policy, {1, start_s + 61 * 60});
    });
    EXPECT_NE(message.find("line 601: the last candle, at 2021-04-02T21:59:00Z, is 8h 58m later "
                           "than the clock of this machine (2021-04-02T13:01:00Z). Is it Korean "
                           "time taken as UTC, or is the clock of this machine wrong?"),
              std::string::npos)
        << message;
  }
  auto const message = error_text(ErrorKind::data, [&] {
    read_candles(path, BadRows::error, {1, start_s + 596 * 60 - 1});
  });
  EXPECT_NE(message.find("Is it a local time taken as UTC"), std::string::npos) << message;
}

TEST(ReadCandles, SkipsAWrongTimeInTheFuture) {
  ScratchFolder const folder;
  auto minutes = range(0, 600);
  minutes.push_back(500'000);
  write_bytes(folder / "a.csv", rows_of(minutes));
  RowLimits const limits{0.01, 1'617'364'800 + 600 * 60};
  auto const raw = read_candles(folder / "a.csv", BadRows::skip, limits);
  EXPECT_EQ(minutes_of(raw), range(0, 600));
  EXPECT_EQ(raw.skipped, (std::vector<SkippedRows>{{"timestamp in the future", 1, 602}}));
  auto const message =
      error_text(ErrorKind::data, [&] { read_candles(folder / "a.csv", BadRows::error, limits); });
  EXPECT_NE(
      message.find("line 602: timestamp 1647364800000 (2022-03-15T17:20:00Z) is in the future"),
      std::string::npos)
      << message;
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
