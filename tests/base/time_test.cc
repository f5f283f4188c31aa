// SPDX-License-Identifier: Apache-2.0
#include "base/time.h"

#include <gtest/gtest.h>

namespace moneta {
namespace {

struct TimeCase {
  char const* name;
  std::int64_t time_s;
  char const* text;
  std::int64_t month_s, next_month_s;
};

class Calendar : public testing::TestWithParam<TimeCase> {};

TEST_P(Calendar, ReadsSecondsAsUtc) {
  EXPECT_EQ(utc_text(GetParam().time_s), GetParam().text);
  EXPECT_EQ(month_start(GetParam().time_s), GetParam().month_s);
  EXPECT_EQ(next_month_start(GetParam().time_s), GetParam().next_month_s);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, Calendar, testing::Values(
    TimeCase{"Epoch",     0,          "1970-01-01T00:00:00Z", 0,          2678400},
    TimeCase{"Before",    -1,         "1969-12-31T23:59:59Z", -2678400,   0},
    TimeCase{"LeapDay",   1709208000, "2024-02-29T12:00:00Z", 1706745600, 1709251200},
    TimeCase{"Candles",   1617321660, "2021-04-02T00:01:00Z", 1617235200, 1619827200},
    TimeCase{"YearsEnd",  1704067199, "2023-12-31T23:59:59Z", 1701388800, 1704067200}),
    [](auto const& each) { return each.param.name; });
// clang-format on

TEST(Duration, ReadsWell) {
  EXPECT_EQ(duration_text(0.25), "0.2s");
  EXPECT_EQ(duration_text(42.4), "42s");
  EXPECT_EQ(duration_text(187), "3m 07s");
  EXPECT_EQ(duration_text(7500), "2h 05m");
}

}  // namespace
}  // namespace moneta
