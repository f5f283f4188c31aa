// SPDX-License-Identifier: Apache-2.0
#include "data/common_end.h"

#include <gtest/gtest.h>

#include "base/time.h"

namespace moneta {
namespace {

constexpr std::int64_t day_0_s = 1'735'689'600;  // 2025-01-01

/// The first and last day of a coin's candles, counted from 2025-01-01.
struct Days {
  char const* coin;
  double first, end;
};

struct EndCase {
  char const* name;
  std::vector<Days> coins;
  double end;  ///< of all coins
  std::vector<std::string> left_out;
  std::vector<std::string> warned;  ///< the first word of each warning

  friend void PrintTo(EndCase const& c, std::ostream* out) { *out << c.name; }
};

std::vector<CoinSpan> spans_of(std::vector<Days> const& coins) {
  auto const time = [](double day) {
    return day_0_s + static_cast<std::int64_t>(day * static_cast<double>(seconds_per_day));
  };
  std::vector<CoinSpan> spans;
  for (auto const& each : coins) spans.push_back({each.coin, time(each.first), time(each.end)});
  return spans;
}

DataConfig data_of_30_days() {
  DataConfig data;
  data.days = 30;
  data.timeframes = {{"1m", 1, 20}};  // needs 335 minutes
  return data;
}

class CommonEnd : public testing::TestWithParam<EndCase> {};

TEST_P(CommonEnd, IsTheEarliestThatCostsTheOthersLittle) {
  auto const spans = spans_of(GetParam().coins);
  auto const ends = decide_ends(spans, data_of_30_days());
  std::vector<std::string> left_out;
  for (std::size_t i = 0; i < spans.size(); ++i) {
    if (ends.coins[i].left_out) left_out.push_back(spans[i].coin);
    EXPECT_EQ(ends.coins[i].end_s, spans_of({{"", 0, GetParam().end}})[0].end_s);
  }
  EXPECT_EQ(left_out, GetParam().left_out);
  std::vector<std::string> warned;
  for (auto const& each : ends.warnings) warned.push_back(each.substr(0, each.find(' ')));
  EXPECT_EQ(warned, GetParam().warned) << testing::PrintToString(ends.warnings);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, CommonEnd, testing::ValuesIn(std::vector<EndCase>{
    {"NoCoins",       {},                                                   0, {}, {}},
    {"OneCoin",       {{"A", 0, 9}},                                        9, {}, {}},
    {"SameEnd",       {{"A", 0, 9}, {"B", 3, 9}},                           9, {}, {}},
    {"AFewHours",     {{"A", 0, 9}, {"B", 0, 8.5}},                       8.5, {}, {}},
    {"ALaggard",      {{"A", 0, 40}, {"B", 0, 37}, {"C", 0, 39.5}},        37, {}, {"B"}},
    {"TwoLaggards",   {{"A", 0, 40}, {"B", 0, 37}, {"C", 0, 36}},          36, {}, {"C", "B"}},
    {"Delisted",      {{"A", 0, 40}, {"B", -300, -280}, {"C", 0, 40}},     40, {"B"}, {"B"}},
    {"TwoDelisted",   {{"A", -300, -280}, {"B", -600, -500}, {"C", 0, 40}, {"D", 0, 40}}, 40,
                      {"A", "B"}, {"B", "A"}},
    {"CostsHalf",     {{"A", 0, 20}, {"B", 0, 11}, {"C", 0, 20}},          11, {}, {"B"}},
    {"CostsMoreThanHalf", {{"A", 0, 20}, {"B", 0, 9}, {"C", 0, 20}},       20, {"B"}, {"B"}},
    {"OldButWithFullWindows", {{"A", -99, 40}, {"B", -99, 0}},              0, {}, {"B"}},
    {"ANewCoinDoesNotCount", {{"A", 0, 9}, {"N", 8, 8.1}},                  9, {}, {}},
    {"OneNewCoinOfThree", {{"A", 0, 20}, {"B", 0, 17}, {"N", 18, 20}},     17, {}, {"B"}},
    {"OnlyNewCoins",  {{"M", 7, 7.1}, {"N", 8, 8.1}},                     8.1, {}, {}},
}), [](auto const& each) { return each.param.name; });
// clang-format on

TEST(CommonEnd, NamesALaggardAndWhatToDo) {
  auto const ends = decide_ends(spans_of({{"A", 0, 40}, {"B", 0, 37}}), data_of_30_days());
  ASSERT_EQ(ends.warnings.size(), 1u);
  EXPECT_EQ(ends.warnings[0],
            "B ends at 2025-02-07T00:00:00Z, 3.0 days before A, so the later candles of the other "
            "coins are not used (data.end is common). Fetch it again, remove it from coins, or set "
            "data.end to each?");
}

TEST(OtherEnds, AreThoseOfEachCoinOrATime) {
  auto const spans = spans_of({{"A", 0, 40}, {"B", 0, 37}});
  auto data = data_of_30_days();
  data.end = {EndRule::each, 0};
  auto ends = decide_ends(spans, data);
  EXPECT_EQ(ends.coins[0].end_s, spans[0].end_s);
  EXPECT_EQ(ends.coins[1].end_s, spans[1].end_s);
  ASSERT_EQ(ends.warnings.size(), 1u);
  EXPECT_EQ(
      ends.warnings[0],
      "the coins are tested on different periods: the data of B end at 2025-02-07T00:00:00Z, "
      "those of A at 2025-02-10T00:00:00Z. Fetch the coins again, or set data.end to common?");
  data.end = {EndRule::time, day_0_s + 30 * seconds_per_day};
  ends = decide_ends(spans, data);
  EXPECT_EQ(ends.coins[0].end_s, data.end.time_s);
  EXPECT_EQ(ends.coins[1].end_s, data.end.time_s);
  EXPECT_TRUE(ends.warnings.empty());
}

}  // namespace
}  // namespace moneta
