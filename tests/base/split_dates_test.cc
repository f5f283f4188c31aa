// SPDX-License-Identifier: Apache-2.0
#include "base/split_dates.h"

#include <gtest/gtest.h>

#include "base/time.h"
#include "support/expect_error.h"

namespace moneta {
namespace {

/// Dates that begin at `start`, with a day for each part.
SplitDates dates_from(char const* start) {
  std::int64_t const first_s = *time_from_utc_text(start);
  auto const part = [&](std::int64_t day) {
    std::int64_t const begin_s = first_s + day * seconds_per_day;
    return PartDates{begin_s, begin_s + seconds_per_day - 300};
  };
  return {part(0), part(1), part(2)};
}

SplitDates const march = dates_from("2025-03-01T04:00:00Z"),
                 april = dates_from("2025-04-01T00:00:00Z");
std::string const march_text =
    "train 2025-03-01 to 2025-03-02, valid 2025-03-02 to 2025-03-03, test 2025-03-03 to 2025-03-04 "
    "(UTC)";

/// `dates`, with a test part that ends later.
SplitDates later(SplitDates dates, std::int64_t seconds) {
  dates.test.last_s += seconds;
  return dates;
}

TEST(SplitDates, AreTextAndJson) {
  EXPECT_EQ(to_text(march), march_text);
  EXPECT_EQ(to_text(march.test), "2025-03-03 04:00 to 2025-03-04 03:55");
  Json const json = to_json(march);
  EXPECT_EQ(json["test"].dump(),
            R"({"first":"2025-03-03T04:00:00Z","last":"2025-03-04T03:55:00Z"})");
  EXPECT_EQ(split_dates_from(Json::parse(json.dump())), march);
  EXPECT_FALSE(split_dates_from(json) == april);
}

TEST(SplitDates, AreNotReadFromOtherTexts) {
  Json json = to_json(march);
  json["valid"]["last"] = "yesterday\n";
  expect_error(ErrorKind::data, "'yesterday?' is not a time like 2025-03-01T04:00:00Z",
               [&] { (void)split_dates_from(json); });
  json["valid"].erase("last");
  EXPECT_ANY_THROW((void)split_dates_from(json));
}

TEST(DatesLines, AreOneIfAllCoinsHaveTheSameDays) {
  EXPECT_EQ(dates_lines({}), std::vector<std::string>{});
  EXPECT_EQ(dates_lines({{"A", march}}), std::vector<std::string>{"A: " + march_text});
  EXPECT_EQ(dates_lines({{"A", march}, {"B", later(march, 3600)}}),
            std::vector<std::string>{"all coins: " + march_text});
  EXPECT_EQ(
      dates_lines({{"A", march}, {"B", april}, {"C", march}}),
      (std::vector<std::string>{"A: " + march_text, "B: " + to_text(april), "C: " + march_text}));
}

TEST(DifferentTestParts, AreNamedWithTheirCoins) {
  EXPECT_EQ(different_test_parts({}), "");
  EXPECT_EQ(different_test_parts({{"A", march}, {"B", march}}), "");
  EXPECT_EQ(different_test_parts({{"A", march}, {"B", later(march, 840)}}), "")
      << "14 minutes are less than a hundredth of the test part";
  EXPECT_NE(different_test_parts({{"A", march}, {"B", later(march, 900)}}), "");
  SplitDates longer = march;
  longer.train.first_s -= seconds_per_day;
  EXPECT_EQ(different_test_parts({{"A", march}, {"B", longer}}), "")
      << "the test parts are the same";
  EXPECT_EQ(
      different_test_parts({{"A", march}, {"B", april}, {"C", march}}),
      "the coins are tested at different times (UTC), so their test losses cannot be compared "
      "with each other: A, C: 2025-03-03 04:00 to 2025-03-04 03:55; B: 2025-04-03 00:00 to "
      "2025-04-03 23:55. Are the candles of a coin incomplete or out of date?");
}

}  // namespace
}  // namespace moneta
