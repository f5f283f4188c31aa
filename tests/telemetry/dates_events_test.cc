// SPDX-License-Identifier: Apache-2.0
#include "telemetry/dates_events.h"

#include <gtest/gtest.h>

namespace moneta {
namespace {

SplitDates const early{{0, 60}, {120, 180}, {240, 900}};
SplitDates const later{{0, 60}, {120, 180}, {240, 960}};
SplitDates const late{{0, 60}, {120, 180}, {240, 90'000}};

TEST(DatesEvents, AreOneForCoinsWithTheSameDays) {
  RunView run({"A", "B"}, 10, 0);
  run.on(SplitRecord{"A", 0, early});
  EXPECT_TRUE(dates_events(run.coins()).empty()) << "B is not loaded yet";
  run.on(SplitRecord{"B", 1, early});
  run.on(SplitRecord{"C", 1, late});  // unknown
  auto const events = dates_events(run.coins());
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].event, Event::split_dates);
  EXPECT_EQ(events[0].severity, Severity::info);
  EXPECT_TRUE(is_on_terminal(events[0]));
  EXPECT_EQ(events[0].coin, "");
  EXPECT_EQ(events[0].message, "all coins: " + to_text(early));
  EXPECT_EQ(events[0].details["dates"], (Json{{"A", to_json(early)}, {"B", to_json(early)}}));
}

TEST(DatesEvents, WarnOfTimesThatDifferOnTheSameDay) {
  RunView run({"A", "B"}, 10, 0);
  run.on(SplitRecord{"A", 0, early});
  run.on(SplitRecord{"B", 0, later});
  auto const events = dates_events(run.coins());
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].event, Event::split_dates);
  EXPECT_EQ(events[0].details["dates"]["B"]["test"]["last"], "1970-01-01T00:16:00Z");
  EXPECT_EQ(events[1].event, Event::test_parts_differ);
}

TEST(DatesEvents, AreOnePerCoinAndAWarningIfTheTestPartsDiffer) {
  RunView run({"A", "B"}, 10, 0);
  run.on(SplitRecord{"B", 1, late});
  run.on(SplitRecord{"A", 0, early});
  auto const events = dates_events(run.coins());
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[0].coin, "A");
  EXPECT_EQ(events[1].coin, "B");
  EXPECT_EQ(events[1].rank, 1u);
  EXPECT_EQ(events[1].message, to_text(late));
  EXPECT_EQ(events[1].details["dates"], (Json{{"B", to_json(late)}}));
  EXPECT_EQ(events[2].event, Event::test_parts_differ);
  EXPECT_EQ(events[2].severity, Severity::warning);
  EXPECT_EQ(events[2].message, different_test_parts({{"A", early}, {"B", late}}));
}

TEST(DatesEvents, DoNotWaitForCoinsThatFailed) {
  RunView run({"A", "B"}, 10, 0);
  run.on(SplitRecord{"A", 0, early});
  run.on(EventRecord{.event = Event::coin_failed, .coin = "B"});
  auto const events = dates_events(run.coins());
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].coin, "A");
}

TEST(DatesEvents, AreNoneIfAllCoinsFailed) {
  RunView run({"A"}, 10, 0);
  run.on(EventRecord{.event = Event::coin_failed, .coin = "A"});
  EXPECT_TRUE(dates_events(run.coins()).empty());
}

}  // namespace
}  // namespace moneta
