// SPDX-License-Identifier: Apache-2.0
#include "telemetry/monitor/heartbeat_monitor.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace moneta {
namespace {

/// A story: from one second to the next, whether ranks 0 and 1 are heard.
class Story {
 public:
  explicit Story(double step_s = 1) : step_s_(step_s) {}

  /// Goes on for so many seconds. What was told: "46:stalled(1)".
  std::string go_on(double seconds, std::vector<std::size_t> const& heard) {
    std::string told;
    for (double passed = 0; passed < seconds; passed += step_s_) {
      for (std::size_t const rank : heard) watch.record_heartbeat(rank);
      for (EventRecord const& event : watch.check(now_s_)) {
        bool const is_end = event.action == "recovered";
        EXPECT_EQ(event.severity, is_end ? Severity::info : Severity::error);
        told +=
            fmt::format("{}{}:{}({})", told.empty() ? "" : " ", now_s_, event.action, event.rank);
        last = event;
      }
      now_s_ += step_s_;
    }
    return told;
  }
  /// The listener itself is away.
  void sleep(double seconds) { now_s_ += seconds; }

  HeartbeatMonitor watch{{"rank 0", "rank 1"}, "Is it stopped?"};
  EventRecord last;

 private:
  double step_s_, now_s_ = 0;
};

TEST(HeartbeatMonitor, NamesTheRankThatIsSilent) {
  Story story;
  EXPECT_EQ(story.go_on(100, {0, 1}), "");
  EXPECT_EQ(story.go_on(44, {0}), "");
  EXPECT_FALSE(story.watch.silent_for(0)) << "not before it is named";
  EXPECT_EQ(story.go_on(200, {0}), "145:stalled(1)");
  EXPECT_EQ(story.last.message, "rank 1 has given no sign of life for 46 s. Is it stopped?");
  EXPECT_EQ(story.last.details.dump(), R"({"silent_s":46.0})");
  EXPECT_EQ(story.go_on(1, {0, 1}), "344:recovered(1)");
  EXPECT_EQ(story.last.message, "rank 1 is heard again after 245 s");
  EXPECT_EQ(story.last.details["from"], "stalled");
}

TEST(HeartbeatMonitor, NamesOneThatNeverSaidAnything) {
  Story story;
  EXPECT_EQ(story.go_on(60, {1}), "46:stalled(0)");
}

TEST(HeartbeatMonitor, IsAsFastTheNextTime) {
  Story story;
  EXPECT_EQ(story.go_on(100, {0, 1}), "");
  EXPECT_EQ(story.go_on(600, {0}), "145:stalled(1)");
  EXPECT_EQ(story.go_on(100, {0, 1}), "700:recovered(1)");
  EXPECT_EQ(story.go_on(100, {0}), "845:stalled(1)");
}

TEST(HeartbeatMonitor, GetsToKnowASlowRank) {
  Story story;
  std::string told;
  for (int step = 0; step < 4; ++step) {
    told += story.go_on(99, {0}) + ' ';
    told += story.go_on(1, {0, 1}) + ' ';
  }
  EXPECT_EQ(told,
            "46:stalled(1) 99:recovered(1) 145:stalled(1) 199:recovered(1) "
            "245:stalled(1) 299:recovered(1)   ");
  EXPECT_EQ(story.go_on(299, {0}), "") << "three times its pause of 100 s";
  EXPECT_EQ(story.go_on(3, {0}), "700:stalled(1)");
}

TEST(HeartbeatMonitor, ForgetsInHalfAnHourThatARankWasSlow) {
  Story story;
  for (int step = 0; step < 4; ++step) {
    story.go_on(99, {0});
    story.go_on(1, {0, 1});
  }
  EXPECT_EQ(story.go_on(1801, {0, 1}), "");
  EXPECT_EQ(story.go_on(47, {0}), "2246:stalled(1)");
}

TEST(HeartbeatMonitor, GivesUpOnASlowRankToo) {
  Story story;
  for (int step = 0; step < 4; ++step) {
    story.go_on(399, {0});
    story.go_on(1, {0, 1});
  }
  EXPECT_EQ(story.go_on(601, {0}), "") << "it may be silent for three times 400 s";
  EXPECT_FALSE(story.watch.silent_for(601));
  EXPECT_EQ(story.watch.silent_for(599), 1u);
  EXPECT_EQ(story.watch.silence_s(1), 601);
}

TEST(HeartbeatMonitor, BlamesNobodyForTheListenersOwnSilence) {
  Story story;
  EXPECT_EQ(story.go_on(10, {0, 1}), "");
  story.sleep(3600);
  EXPECT_EQ(story.go_on(1, {0}), "");
  EXPECT_EQ(story.go_on(1, {0, 1}), "");
}

TEST(HeartbeatMonitor, NamesTheSilentOneWhileTheListenerIsSlow) {
  Story story(20);
  EXPECT_EQ(story.go_on(100, {0, 1}), "");
  EXPECT_EQ(story.go_on(200, {0}), "160:stalled(1)");
}

TEST(HeartbeatMonitor, KnowsWhoHasBeenSilentLongest) {
  Story story;
  story.go_on(10, {0, 1});
  story.go_on(5, {0});
  EXPECT_EQ(story.go_on(50, {}), "55:stalled(1) 60:stalled(0)");
  EXPECT_EQ(story.watch.silent_for(50), 1u);
  EXPECT_FALSE(story.watch.silent_for(60));
}

}  // namespace
}  // namespace moneta
