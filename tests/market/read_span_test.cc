// SPDX-License-Identifier: Apache-2.0
#include "market/read_span.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "io/line_writer.h"
#include "market/read_candles.h"
#include "market/write_candles.h"
#include "support/error_text.h"
#include "support/scratch_folder.h"

namespace moneta {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t start_s = 1'617'364'800;

std::string row(std::int64_t minute) {
  return fmt::format("{},10,12,9,11,5\n", (start_s + minute * 60) * 1000);
}

/// A header and rows of `count` minutes.
std::string text_of(std::int64_t count, std::int64_t first = 0) {
  std::string text = candle_header;
  for (std::int64_t minute = first; minute < first + count; ++minute) text += row(minute);
  return text;
}

void write_gzip_text(fs::path const& path, std::string_view text) {
  LineWriter file(path, TextFormat::gzip);
  file.write(text);
  file.close();
}

/// The first and the last minute that read_span finds; {-1, -1} if it finds nothing.
std::pair<std::int64_t, std::int64_t> minutes_of(fs::path const& path) {
  auto const span = read_span(path);
  if (!span) return {-1, -1};
  return {(span->first_s - start_s) / 60, (span->last_s - start_s) / 60};
}

struct SpanCase {
  char const* name;
  std::string text;
  std::int64_t first, last;  ///< minutes; -1 if nothing is found

  friend void PrintTo(SpanCase const& c, std::ostream* out) { *out << c.name; }
};

class Span : public testing::TestWithParam<SpanCase> {};

TEST_P(Span, IsTheSameOfPlainTextAndGzip) {
  ScratchFolder const folder;
  write_bytes(folder / "a.csv", GetParam().text);
  write_gzip_text(folder / "b.csv.gz", GetParam().text);
  std::pair const expected{GetParam().first, GetParam().last};
  EXPECT_EQ(minutes_of(folder / "a.csv"), expected);
  EXPECT_EQ(minutes_of(folder / "b.csv.gz"), expected);
}

std::string with_crlf(std::string const& text) {
  std::string result;
  for (char const each : text) result += each == '\n' ? "\r\n" : std::string(1, each);
  return result;
}

std::string without_last(std::string text) {
  text.pop_back();
  return text;
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, Span, testing::ValuesIn(std::vector<SpanCase>{
    {"OneRow",           text_of(1),                                   0, 0},
    {"TwoRows",          text_of(2),                                   0, 1},
    {"SomeRows",         text_of(50),                                  0, 49},
    {"ManyRows",         text_of(40'000),                              0, 39'999},
    {"Gap",              text_of(5'000) + row(9'000),                  0, 9'000},
    {"NoLastLineEnd",    without_last(text_of(5'000)),                 0, 4'999},
    {"EmptyLastLines",   text_of(5'000) + "\n\n\r\n",                  0, 4'999},
    {"Crlf",             with_crlf(text_of(5'000)),                    0, 4'999},
    {"CrlfOneRow",       with_crlf(text_of(1)),                        0, 0},
    {"ByteOrderMark",    "\xEF\xBB\xBF" + text_of(3),                  0, 2},
    {"ValueColumn",
     "timestamp,open,high,low,close,volume,value\n1617364800000,1,1,1,1,1,9\n", 0, 0},
    {"BadRowBetween",    text_of(5'000) + "nonsense\n" + text_of(5'000, 5'000).substr(37),
                                                                       0, 9'999},
    {"NoText",           "",                                          -1, -1},
    {"NoHeader",         text_of(5'000).substr(37),                   -1, -1},
    {"HeaderAlone",      candle_header,                               -1, -1},
    {"OtherHeader",      "time,open,high,low,close,volume\n" + row(0), -1, -1},
    {"BadFirstRow",      candle_header + ("x" + text_of(5'000).substr(37)), -1, -1},
    {"BadLastRow",       text_of(5'000) + "1617664860000,2,1,3,2,1\n", -1, -1},
    {"CutLastRow",       text_of(5'000).substr(0, 37 + 5'000 * 27 - 3), -1, -1},
    {"OtherColumns",     text_of(5'000) + "1617664860000,2,2,2,2,1,7\n", -1, -1},
    {"LastRowEarlier",   text_of(5'000) + row(4'990),                 -1, -1},
    {"LastRowRepeated",  text_of(5'000) + row(4'999),                 -1, -1},
    {"EmptyLineBefore",  text_of(5'000) + "\n" + row(5'000),          -1, -1},
    {"BeginsAgain",      text_of(5'000, 5'000) + text_of(4'000).substr(37), -1, -1},
    {"OneLongLine",      candle_header + std::string(100'000, '1'),   -1, -1},
    {"ManyEmptyLines",   text_of(5'000) + std::string(10'000, '\n'),  -1, -1},
}), [](auto const& each) { return each.param.name; });
// clang-format on

TEST(ReadSpan, AgreesWithTheCandlesOfFilesOfAnySize) {
  ScratchFolder const folder;
  for (std::int64_t count = 1; count < 320; ++count) {
    auto const path = folder / fmt::format("{}.csv", count);
    write_bytes(path, text_of(count));
    auto const candles = read_candles(path, BadRows::error).candles;
    auto const span = read_span(path);
    ASSERT_TRUE(span) << count;
    EXPECT_EQ(*span, (CandleSpan{candles.front().time_s, candles.back().time_s})) << count;
  }
}

TEST(ReadSpan, ReadsAllMembersOfAGzipFile) {
  ScratchFolder const folder;
  write_gzip_text(folder / "a.csv.gz", text_of(20'000));
  LineWriter file(folder / "b.csv.gz", TextFormat::gzip, folder / "a.csv.gz");
  file.write(row(20'000) + row(20'001));
  file.close();
  EXPECT_EQ(minutes_of(folder / "b.csv.gz"), (std::pair<std::int64_t, std::int64_t>{0, 20'001}));
}

TEST(ReadSpan, ReportsADamagedGzipFile) {
  ScratchFolder const folder;
  write_gzip_text(folder / "a.csv.gz", text_of(20'000));
  auto const bytes = read_bytes(folder / "a.csv.gz");
  write_bytes(folder / "a.csv.gz", bytes.substr(0, bytes.size() / 2));
  auto const text = error_text(ErrorKind::data, [&] { read_span(folder / "a.csv.gz"); });
  EXPECT_NE(text.find("a.csv.gz' is truncated"), std::string::npos) << text;
}

TEST(ReadSpan, FindsNothingInAMissingFileOrAFolder) {
  ScratchFolder const folder;
  EXPECT_FALSE(read_span(folder / "missing.csv"));
  EXPECT_FALSE(read_span(folder.path()));
}

}  // namespace
}  // namespace moneta
