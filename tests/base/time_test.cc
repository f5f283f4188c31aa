// SPDX-License-Identifier: Apache-2.0
#include "base/time.h"

#include <gtest/gtest.h>

namespace moneta {
namespace {

struct TimeCase {
  char const* name;
  std::int64_t time_s;
  char const* text;
  char const* month;
  std::int64_t next_month_s;

  friend void PrintTo(TimeCase const& c, std::ostream* out) { *out << c.name; }
};

class Calendar : public testing::TestWithParam<TimeCase> {};

TEST_P(Calendar, ConvertsSecondsToUtc) {
  EXPECT_EQ(utc_text(GetParam().time_s), GetParam().text);
  EXPECT_EQ(time_from_utc_text(GetParam().text), GetParam().time_s);
  EXPECT_EQ(utc_month(GetParam().time_s), GetParam().month);
  EXPECT_EQ(next_month_start(GetParam().time_s), GetParam().next_month_s);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, Calendar, testing::Values(
    TimeCase{"Epoch",     0,                "1970-01-01T00:00:00Z", "1970-01", 2678400},
    TimeCase{"Before",    -1,               "1969-12-31T23:59:59Z", "1969-12", 0},
    TimeCase{"LeapDay",   1709208000,       "2024-02-29T12:00:00Z", "2024-02", 1709251200},
    TimeCase{"Candles",   1617321660,       "2021-04-02T00:01:00Z", "2021-04", 1619827200},
    TimeCase{"YearsEnd",  1704067199,       "2023-12-31T23:59:59Z", "2023-12", 1704067200},
    TimeCase{"LastSecond", year_10000_s - 1, "9999-12-31T23:59:59Z", "9999-12", year_10000_s}),
    [](auto const& each) { return each.param.name; });
// clang-format on

TEST(TimeFromUtcText, AcceptsOneFormatOnly) {
  for (char const* const text :
       {"", "2025-01-01", "2025-01-01 00:00:00Z", "2025-01-01T00:00:00", "2025-01-01T00:00:00+00",
        "2025-02-29T00:00:00Z", "2025-13-01T00:00:00Z", "2025-01-00T00:00:00Z",
        "2025-01-01T24:00:00Z", "2025-01-01T00:60:00Z", "2025-01-01T00:00:60Z",
        "+025-01-01T00:00:00Z", "2025-01-01T00:00:00Zx"}) {
    EXPECT_EQ(time_from_utc_text(text), std::nullopt) << text;
  }
}

TEST(DurationText, UsesTheTwoLargestUnits) {
  EXPECT_EQ(duration_text(0.25), "0.2s");
  EXPECT_EQ(duration_text(9.96), "10s");
  EXPECT_EQ(duration_text(42.4), "42s");
  EXPECT_EQ(duration_text(59.6), "1m 00s");
  EXPECT_EQ(duration_text(187), "3m 07s");
  EXPECT_EQ(duration_text(7500), "2h 05m");
  EXPECT_EQ(duration_text(100 * 3600), "100h 00m");
}

}  // namespace
}  // namespace moneta
