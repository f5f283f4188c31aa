// SPDX-License-Identifier: Apache-2.0
#include "market/parse_plain_row.h"

#include <gtest/gtest.h>

#include <charconv>
#include <random>
#include <string>
#include <vector>

namespace moneta {
namespace {

/// The cells of a row, as std::from_chars reads them.
bool parse_slowly(std::string const& line, std::vector<double>& numbers) {
  for (std::size_t begin = 0; begin <= line.size();) {
    auto const end = std::min(line.find(',', begin), line.size());
    double& number = numbers.emplace_back();
    auto const parsed = std::from_chars(line.data() + begin, line.data() + end, number);
    if (parsed.ec != std::errc() || parsed.ptr != line.data() + end) return false;
    begin = end + 1;
  }
  return true;
}

void expect_same_as_slow(std::string const& line, Candle const& candle, std::size_t columns) {
  std::vector<double> numbers;
  ASSERT_TRUE(parse_slowly(line, numbers)) << line;
  ASSERT_EQ(numbers.size(), columns) << line;
  EXPECT_EQ(static_cast<double>(candle.time_s) * 1000, numbers[0]) << line;
  EXPECT_EQ(candle.open, numbers[1]) << line;
  EXPECT_EQ(candle.high, numbers[2]) << line;
  EXPECT_EQ(candle.low, numbers[3]) << line;
  EXPECT_EQ(candle.close, numbers[4]) << line;
  EXPECT_EQ(candle.volume, numbers[5]) << line;
}

struct PlainRowCase {
  char const* name;
  char const* line;
  std::size_t columns;
  bool is_plain;

  friend void PrintTo(PlainRowCase const& c, std::ostream* out) { *out << c.name; }
};

class PlainRows : public testing::TestWithParam<PlainRowCase> {};

TEST_P(PlainRows, AreParsedAndOthersAreLeftAlone) {
  auto const& [name, line, columns, is_plain] = GetParam();
  Candle candle;
  ASSERT_EQ(parse_plain_row(line, columns, candle), is_plain);
  if (is_plain) expect_same_as_slow(line, candle, columns);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, PlainRows, testing::ValuesIn(std::vector<PlainRowCase>{
    {"Usual",        "1617321600000,58739.46,58834.38,58739.46,58800.69,55.813291", 6, true},
    {"Value",        "1617321600000,1,3,1,2,5,123.5",      7, true},
    {"WholeNumbers", "1617321600000,1,3,1,2,5",            6, true},
    {"ManyDigits",   "0,0.1234567890123456,0.2,0.1,0.15,0", 6, true},
    {"LastExact",    "0,9007199254740992,9007199254740992,1,1,1", 6, true},
    {"Zeros",        "0,0001.5000,2,1,1,0.0",              6, true},
    {"TooPrecise",   "0,9007199254740993,9007199254740993,1,1,1", 6, false},
    {"TwentyDigits", "0,1.0000000000000000000,2,1,1,1",    6, false},
    {"Exponent",     "0,1e2,200,1,1,1",                    6, false},
    {"Sign",         "0,-1,3,1,2,5",                       6, false},
    {"Plus",         "0,+1,3,1,2,5",                       6, false},
    {"Space",        "0, 1,3,1,2,5",                       6, false},
    {"NoWhole",      "0,.5,3,.1,2,5",                      6, false},
    {"NoFraction",   "0,1.,3,1,2,5",                       6, false},
    {"TwoPoints",    "0,1.5.1,3,1,2,5",                    6, false},
    {"NaN",          "0,nan,3,1,2,5",                      6, false},
    {"Empty",        "",                                   6, false},
    {"EmptyCell",    "0,,3,1,2,5",                         6, false},
    {"TooFew",       "0,1,3,1,2",                          6, false},
    {"TooMany",      "0,1,3,1,2,5,6",                      6, false},
    {"NoValue",      "0,1,3,1,2,5",                        7, false},
    {"CommaAtTheEnd", "0,1,3,1,2,5,",                      6, false},
    {"NoMinute",     "30000,1,3,1,2,5",                    6, false},
    {"Microseconds", "1617321600000000,1,3,1,2,5",         6, false},
    {"ZeroPrice",    "0,0,3,0,2,5",                        6, false},
    {"LowPrice",     "0,0.0000000000000000000000000000001,3,0.0000000000000000000000000000001,2,5", 6, false},
    {"HighBelowLow", "0,2,1,3,2,5",                        6, false},
    {"OpenAbove",    "0,4,3,1,2,5",                        6, false},
    {"CloseBelow",   "0,2,3,1,0.5,5",                      6, false},
}), [](auto const& each) { return each.param.name; });
// clang-format on

TEST(PlainRow, GivesTheBitsOfTheGeneralParser) {
  std::mt19937_64 random(1);
  std::size_t parsed = 0;
  for (std::size_t i = 0; i < 20'000; ++i) {
    auto const decimal = [&] {
      auto const digits = std::to_string(random() >> (1 + random() % 60));
      auto const point = random() % (digits.size() + 1);
      if (point == 0) return "0." + digits;
      return point == digits.size() ? digits : digits.substr(0, point) + "." + digits.substr(point);
    };
    auto const price = decimal();
    auto const line = std::to_string(random() % 100'000'000 * 60'000) + "," + price + "," + price +
                      "," + price + "," + price + "," + decimal();
    Candle candle;
    if (!parse_plain_row(line, 6, candle)) continue;
    ++parsed;
    expect_same_as_slow(line, candle, 6);
  }
  EXPECT_GT(parsed, 10'000u);
}

TEST(PlainRow, NeverReadsDamageAsAnotherCandle) {
  std::mt19937_64 random(2);
  std::string const good = "1617321600000,58739.46,58834.38,58739.46,58800.69,55.813291";
  for (std::size_t i = 0; i < 50'000; ++i) {
    std::string line = good;
    for (std::size_t k = 0; k <= random() % 3; ++k) {
      line[random() % line.size()] = "0123456789.,-e+ \0x"[random() % 18];
    }
    Candle candle;
    if (parse_plain_row(line, 6, candle)) expect_same_as_slow(line, candle, 6);
  }
}

}  // namespace
}  // namespace moneta
