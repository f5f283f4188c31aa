// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <ostream>

#include "base/error.h"
#include "base/text.h"
#include "telemetry/display/eight_coins.h"
#include "telemetry/display/pseudo_terminal.h"
#include "telemetry/display/render_progress.h"

namespace moneta {
namespace {

struct WindowCase {
  char const* name;
  unsigned short columns, rows;
  char const* locale;
  friend void PrintTo(WindowCase const& c, std::ostream* out) { *out << c.name; }
};

class ProgressWindow : public testing::TestWithParam<WindowCase> {};

TEST_P(ProgressWindow, ContainsAllLines) {
  auto const [name, columns, rows, locale] = GetParam();
  ::setenv("LC_ALL", locale, 1);
  PseudoTerminal terminal(columns, rows);
  double now_s = 0;
  {
    auto progress = fed_progress(terminal.out(), eight, 200, ProgressStyle::bars, now_s);
    feed(progress, now_s);
  }
  Screen const screen(columns, rows, terminal.finish());
  EXPECT_EQ(screen.folded_lines(), 0u);
  auto const lines = screen.lines();
  EXPECT_EQ(lines.size(), std::min<std::size_t>(9, std::max(rows, (unsigned short)(2)) - 1u));
  for (std::string const& line : lines) {
    EXPECT_LT(width_of(line), std::max<std::size_t>(columns, 2)) << line;
    if (std::string(locale) == "C") {
      EXPECT_EQ(width_of(line), line.size()) << line;
    }
  }
  EXPECT_EQ(lines.back().substr(0, 2), std::string("ETA").substr(0, columns - 1u).substr(0, 2));
  if (columns >= 40) {
    EXPECT_TRUE(lines.back().starts_with("ETA 5h")) << lines.back();
  }
  if (columns >= 40 && rows > 3) {
    EXPECT_TRUE(lines[0].starts_with("KRW-BTC")) << lines[0];
  }
  ::unsetenv("LC_ALL");
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, ProgressWindow, testing::ValuesIn(std::vector<WindowCase>{
    {"Wide",       200, 50, "C.UTF-8"},
    {"Usual",      80,  24, "C.UTF-8"},
    {"UsualAscii", 80,  24, "C"},
    {"Narrow",     40,  24, "en_US.utf8"},
    {"Tiny",       3,   24, "C.UTF-8"},
    {"OneColumn",  2,   24, "C"},
    {"JustFits",   80,  10, "C.UTF-8"},
    {"OneTooLow",  80,  9,  "C.UTF-8"},
    {"Low",        80,  4,  "C.UTF-8"},
    {"TwoRows",    80,  3,  "C.UTF-8"},
    {"OneRow",     80,  2,  "C.UTF-8"},
}), [](auto const& each) { return each.param.name; });
// clang-format on

struct WidthCase {
  unsigned short columns;
  char const* coin;
  char const* run;
  friend void PrintTo(WidthCase const& c, std::ostream* out) { *out << c.columns << " columns"; }
};

/// Eight coins in ten rows, without unicode. Only the last case has room for less than a field.
class ProgressWidth : public testing::TestWithParam<WidthCase> {};

TEST_P(ProgressWidth, LeavesOutFieldsThatDoNotFit) {
  auto const [columns, coin, run] = GetParam();
  ::setenv("LC_ALL", "C", 1);
  PseudoTerminal terminal(static_cast<unsigned short>(columns + 1), 10);
  double now_s = 0;
  {
    auto progress = fed_progress(terminal.out(), eight, 200, ProgressStyle::bars, now_s);
    feed(progress, now_s);
  }
  auto const lines = Screen(static_cast<std::size_t>(columns) + 1, 10, terminal.finish()).lines();
  ASSERT_EQ(lines.size(), 9u);
  EXPECT_EQ(lines[0], coin);
  EXPECT_EQ(lines[8], run);
  ::unsetenv("LC_ALL");
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, ProgressWidth, testing::ValuesIn(std::vector<WidthCase>{
    {110, "KRW-BTC  ........................   1/200  50% train 0.8000   valid 0.8543   best 0.8543 (1)       1,250 seq/s",
          "ETA 5h 18m  elapsed 33s  8 of 1,600 epochs"},
    {79,  "KRW-BTC  .............   1/200  50% train 0.8000   valid 0.8543     1,250 seq/s",
          "ETA 5h 18m  elapsed 33s  8 of 1,600 epochs"},
    {60,  "KRW-BTC  ........   1/200  50% train 0.8000   valid 0.8543",
          "ETA 5h 18m  elapsed 33s  8 of 1,600 epochs"},
    {40,  "KRW-BTC  ..................   1/200  50%",
          "ETA 5h 18m  elapsed 33s"},
    {20,  "KRW-BTC    1/200", "ETA 5h 18m"},
    {9,   "KRW-BTC", "ETA 5h 18"},
}), [](auto const& each) { return fmt::format("Columns{}", each.param.columns); });
// clang-format on

/// The lines for a run of one coin with readings; the line of the readings comes second.
std::vector<std::string> with_readings(std::size_t ranks, TerminalSize const& terminal) {
  RunView run({"A"}, 10, 0);
  for (std::size_t rank = 0; rank < ranks; ++rank) {
    run.on(DeviceSample{rank, reading(60 + static_cast<int>(rank))});
  }
  return render_progress(run, 1, terminal);
}

TEST(ProgressReadings, HaveALineOfTheirOwnIfThereIsSpace) {
  auto const lines = with_readings(2, {79, 3, false});
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[1], "rank 0: 60 C 310/345 W 98 %  rank 1: 61 C 310/345 W 98 %");
  EXPECT_EQ(with_readings(2, {79, 2, false}).size(), 2u);
  EXPECT_EQ(with_readings(8, {55, 9, false})[1], "rank 0: 60 C 310/345 W 98 %  +7");
  EXPECT_EQ(with_readings(8, {60, 9, false})[1],
            "rank 0: 60 C 310/345 W 98 %  rank 1: 61 C 310/345 W 98 %  +6");
  EXPECT_EQ(with_readings(1, {27, 9, false})[1], "rank 0: 60 C 310/345 W 98 %");
  EXPECT_EQ(with_readings(1, {26, 9, false}).size(), 2u);
}

}  // namespace
}  // namespace moneta
