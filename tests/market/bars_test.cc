// SPDX-License-Identifier: Apache-2.0
#include "market/bars.h"

#include <gtest/gtest.h>

#include <string>

#include "market/made_candles.h"
#include "support/expect_error.h"

namespace moneta {
namespace {

constexpr std::int64_t noon_s = 1'617'364'800;  // 2021-04-02T12:00:00Z

Candle candle_at(std::int64_t minute, double open, double high, double low, double close,
                 double volume) {
  return {noon_s + minute * 60, open, high, low, close, volume};
}

Candle flat_at(std::int64_t minute, double price) {
  return candle_at(minute, price, price, price, price, 0);
}

TEST(FillMinutes, FillsAHoleFlatAtThePreviousCloseAndMarksIt) {
  std::vector<Candle> const candles = {candle_at(0, 10, 12, 9, 11, 5),
                                       candle_at(3, 20, 22, 19, 21, 6),
                                       candle_at(4, 21, 21, 21, 21, 7)};
  Bars const bars = fill_minutes(candles);
  EXPECT_EQ(bars.minutes, 1);
  EXPECT_EQ(bars.first_time_s, noon_s);
  EXPECT_EQ(bars.candles, (std::vector<Candle>{candles[0], flat_at(1, 11), flat_at(2, 11),
                                               candles[1], candles[2]}));
  EXPECT_EQ(bars.filled, (std::vector<std::uint8_t>{0, 1, 1, 0, 0}));
}

TEST(FillMinutes, MarksACandleWithoutVolumeOnlyIfThePriceRests) {
  std::vector<Candle> const candles = {
      flat_at(0, 10),                     // nothing came before it
      flat_at(1, 10),                     // listed by the exchange, but empty
      candle_at(2, 10, 11, 10, 10, 0),    // moves inside the minute
      flat_at(3, 12),                     // moves between minutes
      candle_at(4, 12, 12, 12, 12, 0.5),  // a trade at the same price
  };
  EXPECT_EQ(fill_minutes(candles).filled, (std::vector<std::uint8_t>{1, 1, 0, 0, 0}));
}

TEST(FillMinutes, FillsUpToALaterTime) {
  std::vector<Candle> const candles = {candle_at(0, 10, 12, 9, 11, 5)};
  EXPECT_EQ(fill_minutes(candles, noon_s).size(), 1u);
  Bars const bars = fill_minutes(candles, noon_s + 180);
  EXPECT_EQ(bars.candles, (std::vector<Candle>{candles[0], flat_at(1, 11), flat_at(2, 11)}));
  EXPECT_EQ(bars.filled, (std::vector<std::uint8_t>{0, 1, 1}));
}

TEST(FillMinutes, OfNoCandlesHasNoBars) {
  EXPECT_EQ(fill_minutes({}).size(), 0u);
  EXPECT_EQ(resample(fill_minutes({}), 5).size(), 0u);
}

TEST(FillMinutes, RejectsAHoleOfMoreThanHalfACentury) {
  std::vector<Candle> const candles = {flat_at(0, 1), flat_at(30'000'000, 1)};
  expect_error(ErrorKind::data,
               "span 30000001 minutes (at most 30000000 are filled). Is a timestamp",
               [&] { fill_minutes(candles); });
  expect_error(ErrorKind::data, "candles from 2021-04-02T12:00:00Z to 2078-",
               [&] { fill_minutes(candles); });
}

TEST(FillMinutes, RejectsCandlesOutOfOrder) {
  std::vector<Candle> const repeated = {flat_at(1, 1), flat_at(1, 1)};
  std::vector<Candle> const backward = {flat_at(1, 1), flat_at(3, 1), flat_at(2, 1), flat_at(4, 1)};
  std::vector<Candle> askew = {flat_at(1, 1), flat_at(2, 1)};
  askew[1].time_s += 30;
  for (auto const& candles : {repeated, backward, askew}) {
    expect_error(ErrorKind::internal, "out of order or not on a minute",
                 [&] { fill_minutes(candles); });
  }
}

TEST(Resample, MergesMinutesIntoOneBar) {
  std::vector<Candle> const candles = {candle_at(0, 10, 12, 9, 11, 5),
                                       candle_at(1, 11, 11, 8, 9, 1), candle_at(3, 9, 15, 9, 14, 2),
                                       candle_at(4, 14, 14, 13, 13, 3)};
  Bars const bars = resample(fill_minutes(candles), 5);
  EXPECT_EQ(bars.minutes, 5);
  ASSERT_EQ(bars.size(), 1u);
  EXPECT_EQ(bars.candles[0], candle_at(0, 10, 15, 8, 13, 11));
  EXPECT_EQ(bars.filled[0], 0);
}

TEST(Resample, MarksABarOnlyIfAllItsMinutesAreFilled) {
  std::vector<Candle> const candles = {candle_at(0, 10, 12, 9, 11, 5),
                                       candle_at(14, 20, 22, 19, 21, 6)};
  Bars const bars = resample(fill_minutes(candles), 5);
  EXPECT_EQ(bars.filled, (std::vector<std::uint8_t>{0, 1, 0}));
  EXPECT_EQ(bars.candles[1], flat_at(5, 11));
}

struct EdgeCase {
  char const* name;
  std::int64_t first, last;  ///< minutes after noon of the first and the last candle
  std::int64_t minutes;
  std::int64_t bars_first;  ///< minutes after noon
  std::size_t bars;

  friend void PrintTo(EdgeCase const& c, std::ostream* out) { *out << c.name; }
};

class ResampledEdges : public testing::TestWithParam<EdgeCase> {};

TEST_P(ResampledEdges, AreAlignedToTheClockAndComplete) {
  EdgeCase const& expected = GetParam();
  std::vector<Candle> candles;
  for (auto minute = expected.first; minute <= expected.last; ++minute) {
    candles.push_back(flat_at(minute, static_cast<double>(1000 + minute)));
  }
  Bars const bars = resample(fill_minutes(candles), expected.minutes);
  ASSERT_EQ(bars.size(), expected.bars);
  ASSERT_EQ(bars.filled.size(), expected.bars);
  EXPECT_EQ(bars.first_time_s, noon_s + expected.bars_first * 60);
  for (std::size_t i = 0; i < bars.size(); ++i) {
    auto const start = expected.bars_first + static_cast<std::int64_t>(i) * expected.minutes;
    EXPECT_EQ(bars.candles[i].time_s, noon_s + start * 60);
    EXPECT_EQ(bars.candles[i].time_s % (expected.minutes * 60), 0);
    EXPECT_EQ(bars.candles[i].open, static_cast<double>(1000 + start));
    EXPECT_EQ(bars.candles[i].close, static_cast<double>(1000 + start + expected.minutes - 1));
  }
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, ResampledEdges, testing::ValuesIn(std::vector<EdgeCase>{
    {"WholeBars",            0, 14,  5,  0, 3},
    {"FirstBarPartial",      1, 14,  5,  5, 2},
    {"FirstBarByOneMinute",  4, 14,  5,  5, 2},
    {"LastBarPartial",       0, 13,  5,  0, 2},
    {"BothPartial",          3, 31, 15, 15, 1},
    {"NoneCompleted",        3, 12, 15, 15, 0},
    {"OneMinuteShort",       0, 13, 15,  0, 0},
    {"JustCompleted",        0, 14, 15,  0, 1},
    {"MinutesStayMinutes",   2,  4,  1,  2, 3},
}), [](auto const& each) { return each.param.name; });
// clang-format on

TEST(Resample, AlignsBarsBefore1970) {
  Bars minutes;
  minutes.first_time_s = -7 * 60;
  for (int i = 0; i < 10; ++i) {
    minutes.candles.push_back({minutes.first_time_s + i * 60, 1, 1, 1, 1, 1});
    minutes.filled.push_back(0);
  }
  Bars const bars = resample(minutes, 5);
  EXPECT_EQ(bars.first_time_s, -5 * 60);
  EXPECT_EQ(bars.size(), 1u);
}

TEST(Resample, RejectsBarsThatAreNotMinutes) {
  Bars const bars = resample(bars_of(made_candles(100, 1)), 5);
  expect_error(ErrorKind::internal, "bars of 5 minutes cannot be made into bars of 15",
               [&] { resample(bars, 15); });
}

TEST(Resample, ChangesNoBarThatWasCompleteBeforeAChange) {
  auto candles = made_candles(1000, 2);
  Bars const before_1m = bars_of(candles);
  std::size_t const changed = 567;
  for (std::size_t i = changed; i < candles.size(); ++i) candles[i].close = candles[i].high *= 2;
  candles.erase(candles.begin() + 700, candles.begin() + 740);
  Bars const after_1m = bars_of(candles);
  for (std::int64_t const minutes : {1, 5, 15}) {
    Bars const before = resample(before_1m, minutes), after = resample(after_1m, minutes);
    std::size_t same = 0;
    auto const t = candles[changed].time_s;
    for (std::size_t i = 0; i < before.size(); ++i) {
      if (before.candles[i].time_s + minutes * 60 > t) break;
      EXPECT_EQ(before.candles[i], after.candles[i]);
      EXPECT_EQ(before.filled[i], after.filled[i]);
      ++same;
    }
    EXPECT_GE(same, (changed - 15) / static_cast<std::size_t>(minutes) - 1);
    EXPECT_NE(before.candles[same], after.candles[same]) << "the change was not seen";
  }
}

}  // namespace
}  // namespace moneta
