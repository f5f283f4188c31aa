// SPDX-License-Identifier: Apache-2.0
#include "import/parse_cell.h"

#include <gtest/gtest.h>

#include <vector>

namespace moneta {
namespace {

constexpr std::int64_t day_ms = 1704412800000;  // 2024-01-05T00:00:00Z
constexpr std::int64_t minute_ms = 60'000;

struct TimeCase {
  char const* cell;
  std::int64_t time_ms;
  TimeForm form;
};

TEST(ParseTime, ReadsNumbersAndDates) {
  // clang-format off
  for (auto const& each : std::vector<TimeCase>{
           {"1704412800", day_ms, TimeForm::seconds},
           {"1704412800.0", day_ms, TimeForm::seconds},
           {"1704412859.999", day_ms + 59'999, TimeForm::seconds},
           {"1704412800000", day_ms, TimeForm::milliseconds},
           {"1704412859999.0", day_ms + 59'999, TimeForm::milliseconds},
           {"1704412859999999", day_ms + 59'999, TimeForm::microseconds},
           {"1704412800000000000", day_ms, TimeForm::nanoseconds},
           {"1.704412800e+12", day_ms, TimeForm::milliseconds},
           {"1.704412800000e+09", day_ms, TimeForm::seconds},
           {"2024-01-05", day_ms, TimeForm::day},
           {"2024/1/5", day_ms, TimeForm::day},
           {"1/5/2024", day_ms, TimeForm::day},
           {"05.01.2024", day_ms, TimeForm::day},
           {"2024-01-05 00:01", day_ms + minute_ms, TimeForm::without_zone},
           {"2024-01-05T00:01:00", day_ms + minute_ms, TimeForm::without_zone},
           {"2024-01-05 00:00:59.999000", day_ms + 59'999, TimeForm::without_zone},
           {"2024-01-05 12-AM", day_ms, TimeForm::without_zone},
           {"2024-01-05 01-PM", day_ms + 13 * 60 * minute_ms, TimeForm::without_zone},
           {"1/5/2024 1:02 PM", day_ms + (13 * 60 + 2) * minute_ms, TimeForm::without_zone},
           {"2024-01-05T00:01:00Z", day_ms + minute_ms, TimeForm::with_zone},
           {"2024-01-05 00:01:00 UTC", day_ms + minute_ms, TimeForm::with_zone},
           {"2024-01-05T00:00:00.123456789Z", day_ms + 123, TimeForm::with_zone},
           {"2024-01-05 09:00:00+09:00", day_ms, TimeForm::with_zone},
           {"2024-01-04T20:00:00-0400", day_ms, TimeForm::with_zone},
           {"2024-01-05 01:00:00+01", day_ms, TimeForm::with_zone}}) {
    // clang-format on
    auto const time = parse_time(each.cell);
    ASSERT_TRUE(time) << each.cell;
    EXPECT_EQ(time->time_ms, each.time_ms) << each.cell;
    EXPECT_EQ(time->form, each.form) << each.cell;
  }
  EXPECT_EQ(parse_time("5/1/2024 0:01", DateOrder::day_first)->time_ms, day_ms + minute_ms);
}

TEST(ParseTime, RejectsWhatIsNoTime) {
  for (char const* cell : {"",
                           "x",
                           "0",
                           "60000",
                           "1000000000",
                           "5000000000",
                           "-1704412800",
                           "1.70441E+12",
                           "nan",
                           "2024-02-30",
                           "2024-13-05",
                           "2008-12-31",
                           "2101-01-01",
                           "5-1-2024",
                           "2024-01-05 24:00",
                           "2024-01-05 00:60",
                           "2024-01-05 00",
                           "2024-01-05 00:01:00+15:00",
                           "2024-01-05 00:01:00+",
                           "2024-01-05 00:01:00 CET",
                           "2024-01-05 13-PM",
                           "2024-01-05x",
                           "99999999999999999999"}) {
    EXPECT_FALSE(parse_time(cell)) << cell;
  }
}

TEST(RoundedTime, IsANumberWithoutItsSeconds) {
  for (char const* cell : {"1.61888E+12", "1.62E+12", "1.6189e9", "1.7E+18"}) {
    EXPECT_TRUE(is_rounded_time(cell)) << cell;
  }
  for (char const* cell :
       {"1618880000000", "1.618880000000E+12", "1.618880000e9", "1.6E+3", "E+12", "x"}) {
    EXPECT_FALSE(is_rounded_time(cell)) << cell;
  }
}

TEST(ParseNumber, TakesTheWholeCell) {
  EXPECT_EQ(parse_number("1.5"), 1.5);
  EXPECT_EQ(parse_number("+1.5"), 1.5);
  EXPECT_EQ(parse_number("-2e3"), -2000);
  for (char const* cell : {"", "+", "+-1", "1.5x", " 1", "inf", "nan", "1e999", "0x10", "1,5"}) {
    EXPECT_FALSE(parse_number(cell)) << cell;
  }
}

}  // namespace
}  // namespace moneta
