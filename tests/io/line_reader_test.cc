// SPDX-License-Identifier: Apache-2.0
#include "io/line_reader.h"

#include <gtest/gtest.h>

#include <vector>

#include "io/line_writer.h"
#include "support/error_text.h"
#include "support/scratch_folder.h"

namespace moneta {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> lines_of(fs::path const& path) {
  LineReader reader(path);
  std::vector<std::string> lines;
  for (std::string_view line; reader.next(line);) {
    lines.emplace_back(line);
    EXPECT_EQ(reader.line_number(), lines.size());
  }
  return lines;
}

std::string gzip_of(std::string_view text) {
  ScratchFolder const folder;
  LineWriter writer(folder / "text.gz", TextFormat::gzip);
  writer.write(text);
  writer.close();
  return read_bytes(folder / "text.gz");
}

/// A text larger than any buffer, with lines of many lengths and bytes that compress badly.
std::string long_text(std::vector<std::string>& lines) {
  std::string text;
  unsigned state = 1;
  for (std::size_t i = 0; i < 20'000; ++i) {
    std::string line;
    for (std::size_t k = 0; k < i % 301; ++k) {
      state = state * 1664525u + 1013904223u;
      line += static_cast<char>('!' + (state >> 16) % 90);
    }
    text += line + "\n";
    lines.push_back(std::move(line));
  }
  return text;
}

struct TextCase {
  char const* name;
  std::string text;
  std::vector<std::string> lines;

  friend void PrintTo(TextCase const& c, std::ostream* out) { *out << c.name; }
};

class LinesOf : public testing::TestWithParam<TextCase> {};

TEST_P(LinesOf, AreTheSamePlainAndCompressed) {
  ScratchFolder const folder;
  write_bytes(folder / "plain.csv", GetParam().text);
  write_bytes(folder / "packed.csv.gz", gzip_of(GetParam().text));
  write_bytes(folder / "packed_without_ending", gzip_of(GetParam().text));
  EXPECT_EQ(lines_of(folder / "plain.csv"), GetParam().lines);
  EXPECT_EQ(lines_of(folder / "packed.csv.gz"), GetParam().lines);
  EXPECT_EQ(lines_of(folder / "packed_without_ending"), GetParam().lines);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, LinesOf, testing::ValuesIn(std::vector<TextCase>{
    {"Nothing",           "",              {}},
    {"OneEmptyLine",      "\n",            {""}},
    {"UnixLines",         "a\nbc\n\nd\n",  {"a", "bc", "", "d"}},
    {"WindowsLines",      "a\r\nb\r\n",    {"a", "b"}},
    {"LastLineUnended",   "a\nb",          {"a", "b"}},
    {"ReturnInside",      "a\rb\n",        {"a\rb"}},
}), [](auto const& each) { return each.param.name; });
// clang-format on

TEST(LineReader, ReadsTextLargerThanItsBuffers) {
  ScratchFolder const folder;
  std::vector<std::string> expected;
  std::string const text = long_text(expected);
  write_bytes(folder / "plain", text);
  write_bytes(folder / "packed.gz", gzip_of(text));
  EXPECT_EQ(lines_of(folder / "plain"), expected);
  EXPECT_EQ(lines_of(folder / "packed.gz"), expected);
}

TEST(LineReader, ReadsConcatenatedGzipFiles) {
  ScratchFolder const folder;
  write_bytes(folder / "two.gz", gzip_of("a\nb") + gzip_of("c\nd\n"));
  EXPECT_EQ(lines_of(folder / "two.gz"), (std::vector<std::string>{"a", "bc", "d"}));
}

TEST(LineReader, RejectsAGzipFileTruncatedAnywhere) {
  ScratchFolder const folder;
  std::string const whole = gzip_of("timestamp,open\n1,2\n3,4\n5,6\n");
  for (std::size_t size = 2; size < whole.size(); ++size) {
    write_bytes(folder / "cut.gz", whole.substr(0, size));
    std::string const text = error_text(ErrorKind::data, [&] { lines_of(folder / "cut.gz"); });
    EXPECT_NE(text.find("cut.gz' is truncated"), std::string::npos) << size << ": " << text;
  }
}

TEST(LineReader, NeverReturnsOtherLinesAfterABitFlip) {
  ScratchFolder const folder;
  std::vector<std::string> expected(50);
  std::string text;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    expected[i] = std::to_string(i * i * 7919);
    text += expected[i] + "\n";
  }
  std::string const whole = gzip_of(text);
  std::size_t noticed = 0;
  for (std::size_t bit = 16; bit < whole.size() * 8;
       ++bit) {  // without the two bytes that identify gzip
    std::string damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    write_bytes(folder / "flipped.gz", damaged);
    try {
      EXPECT_EQ(lines_of(folder / "flipped.gz"), expected) << "bit " << bit;
    } catch (Error const& error) {
      EXPECT_EQ(error.kind(), ErrorKind::data);
      ++noticed;
    }
  }
  EXPECT_GT(noticed, (whole.size() - 10) * 8 * 95 /
                         100);  // time and system in the header may have any value
}

struct RefusalCase {
  char const* name;
  char const* file;
  std::string bytes;
  char const* message;

  friend void PrintTo(RefusalCase const& c, std::ostream* out) { *out << c.name; }
};

class RejectedText : public testing::TestWithParam<RefusalCase> {};

TEST_P(RejectedText, IsReportedWithFileAndReason) {
  ScratchFolder const folder;
  auto const path = folder / GetParam().file;
  write_bytes(path, GetParam().bytes);
  std::string const text = error_text(ErrorKind::data, [&] { lines_of(path); });
  EXPECT_NE(text.find(path.string()), std::string::npos) << text;
  EXPECT_NE(text.find(GetParam().message), std::string::npos) << text;
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, RejectedText, testing::ValuesIn(std::vector<RefusalCase>{
    {"PlainTextNamedGz", "a.csv.gz", "a,b\n",                            "is not gzip"},
    {"EmptyFileNamedGz", "a.csv.gz", "",                                 "is not gzip"},
    {"BytesAfterTheEnd", "a.csv.gz", gzip_of("a\n") + "more",            "is damaged (gzip: other bytes follow its end, after line 1)"},
    {"WrongSum",         "a.csv.gz", [] { std::string bytes = gzip_of("a\nb\n");
                                          bytes[bytes.size() - 8] ^= 1;
                                          return bytes; }(),             "is damaged (gzip: incorrect data check"},
    {"EndlessLine",      "a.csv",    "a\n" + std::string(1 << 20, 'x'),  "line 2 is longer than 1048576 bytes"},
}), [](auto const& each) { return each.param.name; });
// clang-format on

TEST(LineReader, AcceptsTheLongestLine) {
  ScratchFolder const folder;
  std::string const line((1 << 20) - 1, 'x');
  write_bytes(folder / "long", line + "\nnext\n");
  EXPECT_EQ(lines_of(folder / "long"), (std::vector<std::string>{line, "next"}));
}

TEST(LineReader, NamesTheFileThatCannotBeOpenedOrRead) {
  ScratchFolder const folder;
  std::string text = error_text(ErrorKind::data, [&] { LineReader reader(folder / "none.csv"); });
  EXPECT_NE(text.find("none.csv' (No such file or directory)"), std::string::npos) << text;
  text = error_text(ErrorKind::data, [&] { LineReader reader(folder.path()); });
  EXPECT_NE(text.find("(Is a directory)"), std::string::npos) << text;
}

}  // namespace
}  // namespace moneta
