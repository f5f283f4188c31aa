// SPDX-License-Identifier: Apache-2.0
#include "fetch/check_page.h"

#include <gtest/gtest.h>

#include <limits>

#include "support/expect_error.h"

namespace moneta {
namespace {

Candle candle(std::int64_t minute, double close = 2) { return {minute * 60, 2, 3, 1, close, 0.5}; }

TEST(CheckPage, SortsAndRemovesRepeatedCandles) {
  auto const page = check_page({candle(3), candle(2), candle(3), candle(1)}, BadRows::error);
  EXPECT_EQ(page.candles, (std::vector<Candle>{candle(1), candle(2), candle(3)}));
  EXPECT_TRUE(page.left_out.empty());
  EXPECT_TRUE(check_page({}, BadRows::error).candles.empty());
}

struct BadCase {
  char const* name;
  Candle bad;
  char const* named;

  friend void PrintTo(BadCase const& test, std::ostream* out) { *out << test.name; }
};

class BadCandle : public testing::TestWithParam<BadCase> {};

TEST_P(BadCandle, IsNamedOrLeftOut) {
  std::vector<Candle> const received = {candle(1), GetParam().bad, candle(9)};
  expect_error(ErrorKind::data, GetParam().named, [&] { check_page(received, BadRows::error); });
  auto const page = check_page(received, BadRows::skip);
  EXPECT_EQ(page.candles, (std::vector<Candle>{candle(1), candle(9)}));
  ASSERT_EQ(page.left_out.size(), 1u);
  EXPECT_TRUE(page.left_out[0].starts_with("1970-01-01T00:0")) << page.left_out[0];
}

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, BadCandle, testing::ValuesIn(std::vector<BadCase>{
    {"HighBelowLow",   {120, 2, 1, 3, 2, 0},     "1970-01-01T00:02:00Z with open 2, high 1, low 3"},
    {"OpenOutside",    {120, 4, 3, 1, 2, 0},     "which breaks the rules"},
    {"CloseOutside",   {120, 2, 3, 1, 0.5, 0},   "close 0.5"},
    {"PriceOfZero",    {120, 0, 0, 0, 0, 0},     "which breaks the rules"},
    {"NegativeVolume", {120, 2, 3, 1, 2, -1},    "volume -1"},
    {"NotANumber",     {120, 2, nan, 1, 2, 0},   "high nan"},
    {"NoVolume",       {120, 2, 3, 1, 2, nan},   "volume nan"},
    {"TooLarge",       {120, 2, 1e31, 1, 2, 0},  "high 1e+31"},
    {"TwoOfOneMinute", {60, 2, 3, 1, 2.5, 0.5},  "and another one of this minute with other numbers"},
}), [](auto const& each) { return std::string(each.param.name); });
// clang-format on

}  // namespace
}  // namespace moneta
