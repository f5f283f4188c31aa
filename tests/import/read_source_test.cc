// SPDX-License-Identifier: Apache-2.0
#include "import/read_source.h"

#include <gtest/gtest.h>

#include <chrono>

#include "base/text.h"
#include "import/candle_text.h"

namespace moneta {
namespace {

std::string const header = "timestamp,open,high,low,close,volume\n";

TEST(ReadSource, CountsRowsThatGiveNoCandle) {
  auto const read = read_one(
      "timestamp,open,high,low,close,volume\n"
      "1704412800000,100,120,90,110,2\n"
      "1704412860000,,,,,\n"
      "1704412920000,NaN,nan,null,None,0.0\n"
      "1704412980000,0,0.0,0,0,0\n"
      "1704412800000,100.0,120,90,110,2.0\n",
      "a.csv");
  EXPECT_EQ(read.candles, (std::vector<Candle>{three_minutes()[0]}));
  EXPECT_EQ(read.rows, 5u);
  EXPECT_EQ(read.empty_rows, 3u);
  EXPECT_EQ(read.repeated_rows, 1u);
  EXPECT_EQ(read.unfinished_rows, 0u);
}

TEST(ReadSource, LeavesOutTheBarThatHasNotEnded) {
  std::string const text = header +
                           "1704412800000,100,120,90,110,2\n1704412860000,110,130,105,125,3\n"
                           "1704412920000,125,126,95,101,4\n";
  for (std::int64_t const after_s : {179, 180}) {
    ImportOptions options;
    options.now_s = first_s + after_s;
    auto const read = read_one(text, "a.csv", options);
    std::size_t const ended = after_s == 180 ? 3 : 2;
    EXPECT_EQ(read.candles.size(), ended);
    EXPECT_EQ(read.unfinished_rows, 3 - ended);
    EXPECT_EQ(read.rows, 3u);
  }
}

TEST(ReadSource, CountsUnfinishedRowsOfReplies) {
  auto const read = read_one(
      R"({"code":"0","msg":"","data":[["1704412860000","101","101","101","101","100","1","101","0"],)"
      R"(["1704412800000","100","120","90","110","200","2","212","1"]]})",
      "BTC-USDT-SWAP.json");
  EXPECT_EQ(read.candles.size(), 1u);
  EXPECT_EQ(read.unfinished_rows, 1u);
  EXPECT_EQ(read.rows, 2u);
}

TEST(ReadSource, GivesEachMarketItsOwnCandles) {
  auto const read = read_source(
      "time,symbol,open,high,low,close,volume\n"
      "1704412800,BTCUSDT,100,120,90,110,2\n1704412800,ETHUSDT,1,2,1,1,7\n"
      "1704412860,BTCUSDT,110,130,105,125,3\n1704412860,ETHUSDT,,,,,\n"
      "1704412920,BTCUSDT,125,126,95,101,4\n",
      "all.csv", at_2026());
  ASSERT_EQ(read.size(), 2u);
  EXPECT_EQ(read[0].coin, "USDT-BTC");
  EXPECT_EQ(read[0].candles, three_minutes());
  EXPECT_EQ(read[1].coin, "USDT-ETH");
  EXPECT_EQ(read[1].candles, (std::vector<Candle>{{first_s, 1, 2, 1, 1, 7}}));
  EXPECT_EQ(read[1].rows, 2u);
  EXPECT_EQ(read[1].empty_rows, 1u);
}

struct IntervalCase {
  char const* name;
  char const* file;
  std::vector<std::int64_t> starts_min;
  std::int64_t interval_minutes;

  friend void PrintTo(IntervalCase const& c, std::ostream* out) { *out << c.name; }
};

class Interval : public testing::TestWithParam<IntervalCase> {};

TEST_P(Interval, FollowsFromTheDistancesAndTheName) {
  std::string text = header;
  for (auto const each : GetParam().starts_min) {
    text += std::to_string((first_s + each * 60) * 1000) + ",1,2,1,1,5\n";
  }
  ImportOptions options = at_2026();
  options.any_interval = true;
  auto const read = read_one(text, GetParam().file, options);
  EXPECT_EQ(read.interval_minutes, GetParam().interval_minutes);
  EXPECT_EQ(read.candles.size(), GetParam().starts_min.size());
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, Interval, testing::ValuesIn(std::vector<IntervalCase>{
    {"Minutes",              "a.csv",                 {0, 1, 2, 5}, 1},
    {"MinutesWithGaps",      "a.csv",                 {0, 7, 9},    1},
    {"Hours",                "a.csv",                 {0, 60, 180}, 60},
    {"DistancesBeforeName",  "BTCUSDT-1h.csv",        {0, 1, 2},    1},
    {"NameIfRowsAreFew",     "BTCUSDT-1m-2024.csv",   {0, 6, 8},    1},
    {"NameOfCoarserBars",    "BTCUSDT_4h.csv",        {0, 480},     240},
    {"DistancesIfRowsAreMany", "BTCUSDT-1m.csv", {0, 15, 30, 45, 60, 75, 90, 105, 120, 135, 150, 165}, 15},
    {"OneRowByKrakensName",  "XBTUSD_60.csv",         {0},          60},
    {"OneRow",               "a.csv",                 {0},          1},
    {"MinuteInWords",        "Coinbase_BTCUSD_minute.csv", {0, 2},  1},
    {"CountAndWord",         "btcusd_5-min_data.csv", {0, 10},      5},
}), [](auto const& each) { return each.param.name; });
// clang-format on

TEST(ReadSource, SaysThatASingleRowIsTakenForAMinute) {
  auto const read = read_one(header + "1704412800000,1,2,1,1,5\n", "a.csv");
  EXPECT_TRUE(contains(joined(read.decisions), "taken to be one minute"));
}

TEST(ReadSource, TellsOrdersOfPricesThatBothFitByTheCloseBefore) {
  // Bars that fall from high to low in the order of Coinbase rise from low to high in Bitfinex's.
  std::string falling, rising;
  for (int i = 0; i < 20; ++i) {
    auto const row = [i](int low) {
      auto const text = [](int price) { return "," + std::to_string(price); };
      return std::to_string(first_s + i * 60) + text(low) + text(low + 10) + text(low + 10) +
             text(low) + ",1\n";
    };
    falling += row(300 - 10 * i);
    rising += row(100 + 10 * i);
  }
  EXPECT_EQ(read_one(falling, "a.csv").candles[0], (Candle{first_s, 310, 310, 300, 300, 1}));
  auto const read = read_one(rising, "a.csv");
  EXPECT_EQ(read.candles[0], (Candle{first_s, 100, 110, 100, 110, 1}));
  EXPECT_TRUE(contains(joined(read.decisions), "only so do bars open where the bar before closed"));
}

TEST(ReadSource, TellsOrdersOfPricesThatBothFitAFewBarsByTheUnitOfTheirTimes) {
  EXPECT_EQ(read_one("[[1704412800,100,120,120,100,5]]", "a.json").candles[0],
            (Candle{first_s, 120, 120, 100, 100, 5}));
  EXPECT_EQ(read_one("[[1704412800000,100,120,120,100,5]]", "a.json").candles[0],
            (Candle{first_s, 100, 120, 100, 120, 5}));
}

/// Two bars of BitMEX, `minutes` long, of which the first opens above its high.
std::string bitmex_bars(std::int64_t minutes) {
  std::string const end = minutes == 1 ? "2024-01-05T00:02:00.000Z" : "2024-01-05T00:06:00.000Z";
  return "timestamp,symbol,open,high,low,close,trades,volume,vwap,lastSize,turnover,homeNotional,"
         "foreignNotional\n2024-01-05T00:01:00.000Z,XBTUSD,125,120,90,110,5,212,106,1,200,2,212\n" +
         end + ",XBTUSD,110,130,105,125,5,354,118,1,300,3,354\n";
}

TEST(ReadSource, MovesTheRangeOfMinutesToTheOpenOfBitmex) {
  auto const minutes = read_one(bitmex_bars(1), "a.csv");
  EXPECT_EQ(minutes.candles[0], (Candle{first_s, 125, 125, 90, 110, 2}));
  EXPECT_TRUE(contains(joined(minutes.decisions), "In 1 rows the open"));
  ImportOptions options = at_2026();
  options.any_interval = true;
  auto const longer = read_one(bitmex_bars(5), "a.csv", options);
  EXPECT_EQ(longer.candles[0], (Candle{first_s - 240, 125, 120, 90, 110, 2}));
  EXPECT_TRUE(contains(joined(longer.decisions), "kept as they are"));
}

TEST(ReadSource, SaysIfVolumesDoNotConfirmEachOther) {
  auto const read = read_one(
      "time,open,high,low,close,volume,turnover\n1704412800,100,120,90,110,2,7\n"
      "1704412860,110,130,105,125,3,9\n",
      "a.csv");
  EXPECT_EQ(read.candles[1].volume, 3);
  EXPECT_TRUE(contains(joined(read.decisions), "neither confirms nor contradicts"));
}

TEST(ReadSource, EstimatesTheVolumeFromAQuoteVolumeAlone) {
  auto const read = read_one("time,open,high,low,close,Volume USD\n1704412800,100,120,90,110,220\n",
                             "BTCUSD.csv");
  EXPECT_EQ(read.candles[0].volume, 2);
}

TEST(ReadSource, ReadsAYearOfMinutesInLessThanASecond) {
  std::string text;
  constexpr int minutes = 525'600;
  for (int i = 0; i < minutes; ++i) {
    auto const time = std::to_string((first_s - 60LL * minutes + i * 60) * 1000);
    text += time + ",42283.58000000,42298.62000000,42261.02000000,42298.61000000,35.92724000," +
            time.substr(0, 8) + "59999,1518945.83159630,1327,23.18766000,980394.10551150,0\n";
  }
  auto const start = std::chrono::steady_clock::now();
  auto const read = read_one(text, "BTCUSDT-1m-2023.csv");
  std::chrono::duration<double> const took = std::chrono::steady_clock::now() - start;
  EXPECT_EQ(read.candles.size(), std::size_t{minutes});
  // Ten times what it takes, for machines that are busy and tests with sanitizers.
  EXPECT_LT(took.count(), 10.0);
  RecordProperty("seconds", std::to_string(took.count()));
}

}  // namespace
}  // namespace moneta
