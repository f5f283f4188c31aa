// SPDX-License-Identifier: Apache-2.0
#include "fetch/pauses.h"

#include <gtest/gtest.h>

namespace moneta {
namespace {

TEST(RequestBudget, WaitsForTheLongestPause) {
  RequestBudget budget;
  EXPECT_EQ(budget.wait_s(100), 0);
  budget.pause(100, 2);
  budget.pause(100.5, 1);
  EXPECT_EQ(budget.wait_s(100), 2);
  EXPECT_EQ(budget.wait_s(101.5), 0.5);
  EXPECT_EQ(budget.wait_s(103), 0);
  budget.pause(103, 0);
  EXPECT_EQ(budget.wait_s(103), 0);
}

TEST(Backoff, DoublesUpToALimit) {
  EXPECT_EQ(backoff_s(1, 0), 0.5);
  EXPECT_EQ(backoff_s(2, 0), 1);
  EXPECT_EQ(backoff_s(6, 0), 16);
  EXPECT_EQ(backoff_s(7, 0), 30);
  EXPECT_EQ(backoff_s(1'000'000, 0), 30);
}

TEST(Backoff, IsShortenedAtRandomByUpToAHalf) {
  EXPECT_EQ(backoff_s(2, 1), 0.5);
  EXPECT_EQ(backoff_s(2, 0.5), 0.75);
}

TEST(Backoff, OfTheDefaultAttemptsTakesAMinute) {
  double sum_s = 0;
  for (std::size_t attempt = 1; attempt < FetchConfig().attempts; ++attempt) {
    sum_s += backoff_s(attempt, 0);
  }
  EXPECT_NEAR(sum_s, 60, 5);
}

TEST(RetryAfter, IsSecondsOrADate) {
  constexpr std::int64_t date_s = 1'773'240'059;
  auto const of = [](std::string const& text) {
    return retry_after_s({{"retry-after", text}}, date_s);
  };
  EXPECT_EQ(retry_after_s({}, date_s), std::nullopt);
  EXPECT_EQ(of("0"), 0);
  EXPECT_EQ(of("37"), 37);
  EXPECT_EQ(of("Wed, 11 Mar 2026 14:41:09 GMT"), 10);
  EXPECT_EQ(of("Wed, 11 Mar 2026 14:00:00 GMT"), 0) << "it has passed";
  for (char const* const text : {"", "-1", "1.5", "soon", "99999999999"}) {
    EXPECT_EQ(of(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace moneta
