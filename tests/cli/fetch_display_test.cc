// SPDX-License-Identifier: Apache-2.0
#include "cli/fetch_display.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <cstdio>

#include "support/scratch_folder.h"
#include "telemetry/display/pseudo_terminal.h"

namespace moneta {
namespace {

constexpr std::int64_t noon_s = 1'582'200'000;

FetchProgress half_way() { return {"KRW-BTC", 0.5, 12'345, noon_s}; }

TEST(FetchDisplay, PrintsALineFromTimeToTimeIntoAFile) {
  ScratchFolder const folder;
  double now_s = 100;
  std::FILE* const file = std::fopen((folder / "out").c_str(), "w");
  ASSERT_NE(file, nullptr);
  {
    FetchDisplay display(file, 8, [&now_s] { return now_s; });
    now_s = 109;
    display.on_progress(half_way());
    now_s = 110;
    display.on_progress(half_way());
    display.on_progress(half_way());
    display.on_coin({"KRW-BTC", 24'690, noon_s, {}, {}, false});
  }
  std::fclose(file);
  EXPECT_EQ(
      read_bytes(folder / "out"),
      "KRW-BTC       50 %  ETA 10s  12,345 candles up to 2020-02-20T12:00:00Z  (coin 1 of 8)\n"
      "KRW-BTC      24,690 candles added, up to 2020-02-20T12:00:00Z\n");
}

TEST(FetchDisplay, RedrawsALineOnATerminal) {
  ::setenv("TERM", "xterm", 1);
  ::setenv("LC_ALL", "C", 1);
  PseudoTerminal terminal(100, 24);
  double now_s = 100;
  {
    FetchDisplay display(terminal.out(), 2, [&now_s] { return now_s; });
    for (double const fraction : {0.0, 0.25, 0.5}) {
      now_s += 1;
      display.on_progress({"KRW-BTC", fraction, 7, noon_s});
    }
    display.on_note("KRW-BTC", "waits 5.0s before the next request");
    display.on_progress({"KRW-BTC", 0.9, 7, noon_s});  // too soon to be drawn
    display.on_coin({"KRW-BTC", 10, noon_s, {}, {}, false});
    now_s += 1;
    display.on_progress({"KRW-ETH", 0.25, 0, noon_s});
    display.on_warning("", "the clock is wrong");
    display.on_coin({"KRW-ETH", 0, {}, {}, Error(ErrorKind::data, "no such market"), false});
  }
  std::string const bytes = terminal.finish();
  EXPECT_NE(bytes.find("KRW-BTC      [##########..........]  50 %  ETA 3.0s  7 candles up to "
                       "2020-02-20T12:00:00Z  (co"),
            std::string::npos);
  EXPECT_NE(bytes.find("ETA unknown"), std::string::npos);
  EXPECT_EQ(Screen(100, 24, bytes).lines(),
            (std::vector<std::string>{
                "moneta: KRW-BTC: waits 5.0s before the next request",
                "KRW-BTC      10 candles added, up to 2020-02-20T12:00:00Z",
                "moneta: warning: the clock is wrong",
                "moneta: error: KRW-ETH: no such market",
            }));
  EXPECT_EQ(Screen(100, 24, bytes).folded_lines(), 0u);
}

struct LineCase {
  char const* name;
  FetchedCoin result;
  char const* line;

  friend void PrintTo(LineCase const& test, std::ostream* out) { *out << test.name; }
};

class CoinLine : public testing::TestWithParam<LineCase> {};

TEST_P(CoinLine, SaysWhatTheCoinHas) {
  EXPECT_EQ(fetched_coin_line(GetParam().result), GetParam().line);
}

Error const failure(ErrorKind::data, "why");

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, CoinLine, testing::ValuesIn(std::vector<LineCase>{
    {"Added",      {"A-B", 5, noon_s, {}, {}, false}, "A-B          5 candles added, up to 2020-02-20T12:00:00Z"},
    {"New",        {"A-B", 5, noon_s, noon_s - 240, {}, false}, "A-B          5 candles added, up to 2020-02-20T12:00:00Z; the exchange has none before 2020-02-20T11:56:00Z"},
    {"NothingNew", {"A-B", 0, noon_s, {}, {}, false}, "A-B          nothing new; stored up to 2020-02-20T12:00:00Z"},
    {"NoCandles",  {"A-B", 0, {}, {}, {}, false},     "A-B          the exchange has no complete candle of the last data.days days"},
    {"Failed",     {"A-B", 5, noon_s, {}, failure, false}, "A-B          5 candles added, up to 2020-02-20T12:00:00Z; not complete"},
    {"Stopped",    {"A-B", 0, noon_s, {}, {}, true},  "A-B          stopped before anything was added"},
}), [](auto const& each) { return std::string(each.param.name); });
// clang-format on

}  // namespace
}  // namespace moneta
