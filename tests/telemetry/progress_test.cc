// SPDX-License-Identifier: Apache-2.0
#include "telemetry/progress.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <limits>

#include "base/error.h"
#include "telemetry/fresh_folder.h"
#include "telemetry/picture.h"
#include "telemetry/terminal.h"

namespace moneta {
namespace {

std::vector<std::string> const eight = {"KRW-BTC", "KRW-ETH",  "KRW-XRP", "KRW-SOL",
                                        "KRW-ADA", "KRW-DOGE", "KRW-DOT", "KRW-AVAX"};

EpochRecord epoch(std::string const& coin, std::int64_t number, std::int64_t epochs = 200) {
  EpochRecord record;
  record.coin = coin;
  record.epoch = number;
  record.epochs = epochs;
  record.train_loss = 0.8123;
  record.valid_loss = 0.8543;
  record.best_valid_loss = 0.8543;
  record.best_epoch = number;
  record.train_seconds = 11;
  record.valid_seconds = 1;
  record.sequences_per_second = 1234.4;
  return record;
}

/// Feeds a run of eight coins that has got a little way.
void feed(Progress& progress, double& now_s) {
  for (std::string const& coin : eight) {
    for (int i = 1; i <= 4; ++i) {
      now_s += 1;
      progress.show(ProgressTick{coin, 0, 1, i * 0.25, 0.9, 1200});
    }
    progress.show(epoch(coin, 1));
  }
  now_s += 1;
  progress.show(ProgressTick{"KRW-BTC", 0, 2, 0.5, 0.8, 1250});
}

class LocaleTest : public testing::Test {
 protected:
  void SetUp() override {
    ::setenv("LC_ALL", "C.UTF-8", 1);
    ::setenv("TERM", "xterm", 1);
  }
  void TearDown() override { ::unsetenv("LC_ALL"); }

  double now_s = 100;
  std::function<double()> clock() {
    return [this] { return now_s; };
  }
};

using ProgressTerminal = LocaleTest;
using ProgressLines = LocaleTest;

TEST_F(ProgressTerminal, ShowsABarPerCoinAndTheEtaOfTheRun) {
  PseudoTerminal terminal(110, 24);
  {
    Progress progress(terminal.out(), eight, 200, true, clock());
    feed(progress, now_s);
  }
  auto const lines = Screen(110, 24, terminal.finish()).lines();
  ASSERT_EQ(lines.size(), 9u);
  EXPECT_EQ(lines[0],
            "KRW-BTC  ▏                         1/200  50% train 0.8000   valid 0.8543   best "
            "0.8543 (1)       1,250 seq/s");
  EXPECT_EQ(lines[5],
            "KRW-DOGE                           1/200 wait train 0.8123   valid 0.8543   best "
            "0.8543 (1)       1,234 seq/s");
  // 8 coins x 199 epochs x 12 s, less half an epoch
  EXPECT_EQ(lines[8], "ETA 5h 18m  elapsed 33s  8 of 1,600 epochs");
}

struct WindowCase {
  char const* name;
  unsigned short columns, rows;
  char const* locale;
};

class ProgressWindow : public testing::TestWithParam<WindowCase> {};

TEST_P(ProgressWindow, IsNeverLeftByThePicture) {
  auto const [name, columns, rows, locale] = GetParam();
  ::setenv("LC_ALL", locale, 1);
  PseudoTerminal terminal(columns, rows);
  double now_s = 0;
  {
    Progress progress(terminal.out(), eight, 200, true, [&] { return now_s; });
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

TEST_F(ProgressTerminal, NarrowWindowsKeepWhatMattersMost) {
  PseudoTerminal terminal(40, 24);
  {
    Progress progress(terminal.out(), eight, 200, true, clock());
    feed(progress, now_s);
  }
  auto const lines = Screen(40, 24, terminal.finish()).lines();
  ASSERT_EQ(lines.size(), 9u);
  EXPECT_EQ(lines[0], "KRW-BTC  ▏                   1/200  50%");
  EXPECT_EQ(lines[8], "ETA 5h 18m  elapsed 33s");
}

struct WidthCase {
  unsigned short columns;
  char const* coin;
  char const* run;
};

/// Eight coins in ten rows, without unicode; no line says half a word.
class ProgressWidth : public testing::TestWithParam<WidthCase> {};

TEST_P(ProgressWidth, LeavesOutWhatFindsNoRoom) {
  auto const [columns, coin, run] = GetParam();
  ::setenv("LC_ALL", "C", 1);
  PseudoTerminal terminal(static_cast<unsigned short>(columns + 1), 10);
  double now_s = 0;
  {
    Progress progress(terminal.out(), eight, 200, true, [&] { return now_s; });
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
}), [](auto const& each) { return cat("Columns", each.param.columns); });
// clang-format on

Json reading(int temperature_c) {
  return {{"temperature_c", temperature_c},
          {"power_w", 310.4},
          {"power_limit_w", 345},
          {"utilisation_percent", 98}};
}

/// The line of the devices: what a picture of one coin has between the coin and the run.
std::vector<std::string> with_readings(std::size_t ranks, Canvas const& canvas) {
  RunView run({"A"}, 10, 0);
  for (std::size_t rank = 0; rank < ranks; ++rank) {
    run.take_reading(rank, reading_text(reading(60 + static_cast<int>(rank))));
  }
  return picture(run, 1, canvas);
}

TEST(ProgressReadings, HaveALineOfTheirOwnWhereThereIsRoom) {
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

TEST_F(ProgressTerminal, ReadingsComeWithTheNextRedraw) {
  PseudoTerminal terminal(80, 24);
  {
    Progress progress(terminal.out(), {"A"}, 10, true, clock());
    progress.show_reading(1, reading(70));
    progress.show_reading(0, Json::object());
    now_s += 1;
    progress.show(ProgressTick{"A", 0, 1, 0.5, 0.8, 1250});
    now_s += 1;
    progress.show_reading(1, Json::object());
  }
  std::string const bytes = terminal.finish();
  EXPECT_NE(bytes.find("rank 1: 70 C 310/345 W 98 %"), std::string::npos);
  auto const lines = Screen(80, 24, bytes).lines();
  ASSERT_EQ(lines.size(), 2u);  // the last one said nothing
}

TEST_F(ProgressTerminal, ManyCoinsAreSummedUpBelowTheRunningOnes) {
  std::vector<std::string> coins;
  for (int i = 0; i < 200; ++i) coins.push_back(cat("COIN-", i));
  PseudoTerminal terminal(80, 6);
  {
    Progress progress(terminal.out(), coins, 10, true, clock());
    progress.show(epoch("COIN-3", 10, 10));
    progress.show(EventRecord{Severity::error, "coin_failed", "lost", "COIN-4", 0, {}});
    now_s += 1;
    progress.show(ProgressTick{"COIN-150", 0, 1, 0.5, 0.8, 1250});
    now_s += 1;
    progress.show(ProgressTick{"COIN-170", 1, 1, 0.5, 0.8, 1250});
  }
  auto const lines = Screen(80, 6, terminal.finish()).lines();
  ASSERT_EQ(lines.size(), 6u);  // the event and five of the picture
  EXPECT_EQ(lines[0], "error COIN-4: lost");
  EXPECT_TRUE(lines[1].starts_with("COIN-150")) << lines[1];
  EXPECT_TRUE(lines[2].starts_with("COIN-170")) << lines[2];
  EXPECT_TRUE(lines[3].starts_with("COIN-0")) << lines[3];
  EXPECT_EQ(lines[4], "... 197 more coins: 195 waiting, 1 done, 1 failed");
}

TEST_F(ProgressTerminal, EventsStayAboveThePicture) {
  PseudoTerminal terminal(80, 24);
  {
    Progress progress(terminal.out(), {"A", "B"}, 10, true, clock());
    now_s += 1;
    progress.show(ProgressTick{"A", 0, 1, 0.5, 0.8, 1250});
    progress.show(EventRecord{Severity::warning, "slow", "A is\nslow \x1b[2J", "A", 0, {}});
    progress.show(EventRecord{Severity::info, "model_saved", "saved", "A", 0, {}});
    progress.show(EventRecord{Severity::error, "save_failed", std::string(100, 'x'), "", 0, {}});
    now_s += 1;
    progress.show(ProgressTick{"A", 0, 1, 0.6, 0.8, 1250});
  }
  auto const lines = Screen(80, 24, terminal.finish()).lines();
  ASSERT_EQ(lines.size(), 6u);
  EXPECT_EQ(lines[0], "warning A: A is slow  [2J");
  EXPECT_EQ(lines[1] + lines[2], "error: " + std::string(100, 'x'));  // folded, not cut
  EXPECT_TRUE(lines[3].starts_with("A "));
  EXPECT_TRUE(lines[4].starts_with("B "));
  EXPECT_TRUE(lines[5].starts_with("ETA "));
}

TEST_F(ProgressTerminal, IsRedrawnFiveTimesASecondAtMost) {
  PseudoTerminal terminal(80, 24);
  {
    Progress progress(terminal.out(), {"A"}, 10, true, clock());
    for (int i = 0; i < 1000; ++i) {
      now_s += 0.002;  // two seconds in all
      progress.show(ProgressTick{"A", 0, 1, i / 1000.0, 0.8, 1250});
    }
    progress.show(epoch("A", 1, 10));
  }
  std::string const& bytes = terminal.finish();
  std::size_t redraws = 0;
  for (std::size_t at = 0; (at = bytes.find("ETA", at)) != std::string::npos; ++at) ++redraws;
  EXPECT_GE(redraws, 9u);
  EXPECT_LE(redraws, 12u);
  // The last state is drawn all the same.
  EXPECT_NE(Screen(80, 24, bytes).lines()[0].find("1/10 wait"), std::string::npos);
}

TEST_F(ProgressTerminal, FollowsTheWidthOfTheWindow) {
  PseudoTerminal terminal(100, 24);
  Progress progress(terminal.out(), {"A"}, 10, true, clock());
  now_s += 1;
  progress.show(ProgressTick{"A", 0, 1, 0.5, 0.8, 1250});
  terminal.resize(50, 24);
  now_s += 1;
  progress.show(ProgressTick{"A", 0, 1, 0.6, 0.8, 1250});
  progress.close();
  std::string const& bytes = terminal.finish();
  std::size_t const up = bytes.find("\x1b[3A");  // two lines, one of them folded by now
  ASSERT_NE(up, std::string::npos);
  std::string const second = bytes.substr(up + 4);
  EXPECT_LT(second.find("\x1b[K"), 50u + 40 * 2);
  EXPECT_EQ(Screen(50, 24, second).folded_lines(), 0u);
}

TEST_F(ProgressTerminal, ADumbTerminalGetsLines) {
  ::setenv("TERM", "dumb", 1);
  PseudoTerminal terminal(80, 24);
  { Progress(terminal.out(), {"A"}, 10, true, clock()).show(epoch("A", 1, 10)); }
  EXPECT_TRUE(terminal.finish().starts_with("epoch  1/10  A  train"));
}

TEST_F(ProgressLines, AFileGetsOneLinePerEpochAndEventThatMatters) {
  FreshFolder folder;
  std::FILE* const file = std::fopen((folder / "out").c_str(), "w");
  {
    Progress progress(file, eight, 200, false, clock());
    progress.show(
        EventRecord{Severity::info, "resumed", "goes on after epoch 2", "KRW-BTC", 0, {}});
    progress.show(ProgressTick{"KRW-BTC", 0, 3, 0.5, 0.8, 1250});
    progress.show(epoch("KRW-BTC", 3));
    EpochRecord diverged = epoch("KRW-DOGE", 200);
    diverged.train_loss = std::numeric_limits<double>::quiet_NaN();
    progress.show(diverged);
    progress.show(EventRecord{Severity::info, "model_saved", "saved a file", "KRW-BTC", 0, {}});
    progress.show(EventRecord{Severity::warning, "slow", "slower than before", "KRW-BTC", 0, {}});
    progress.show(EventRecord{Severity::error, "index_not_written", "disk full", "", 0, {}});
    progress.show(EventRecord{Severity::info, "run_started", "8 coins, 2 ranks", "", 0, {}});
  }
  std::fclose(file);
  EXPECT_EQ(folder.read("out"),
            "KRW-BTC: goes on after epoch 2\n"
            "epoch   3/200  KRW-BTC   train 0.8123  valid 0.8543  best 0.8543 (3)  1,234 seq/s  "
            "12s  eta 5h 19m\n"
            "epoch 200/200  KRW-DOGE  train -  valid 0.8543  best 0.8543 (200)  1,234 seq/s  "
            "12s  eta 4h 39m\n"
            "warning KRW-BTC: slower than before\n"
            "error: disk full\n"
            "8 coins, 2 ranks\n");
}

TEST_F(ProgressLines, ReadingsAndTicksAreSilent) {
  FreshFolder folder;
  std::FILE* const file = std::fopen((folder / "out").c_str(), "w");
  {
    Progress progress(file, {"A"}, 10, false, clock());
    progress.show_reading(0, reading(70));
    progress.show(ProgressTick{"A", 0, 1, 0.5, 0.8, 1250});
  }
  std::fclose(file);
  EXPECT_EQ(folder.read("out"), "");
}

TEST_F(ProgressLines, TheRealClockAndADefaultWindowWork) {
  FreshFolder folder;
  std::FILE* const file = std::fopen((folder / "out").c_str(), "w");
  {
    Progress progress(file, {"A"}, 10, true);  // told to draw where there is no window
    progress.show(epoch("A", 1, 10));
  }
  std::fclose(file);
  std::string const text = folder.read("out");
  EXPECT_TRUE(text.starts_with("\rA ")) << text;
  EXPECT_NE(text.find("\nETA 1m 48s"), std::string::npos) << text;
}

}  // namespace
}  // namespace moneta
