// SPDX-License-Identifier: Apache-2.0
#include "telemetry/monitor/heartbeat_monitor.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace moneta {
namespace {

/// A simulated clock and two ranks, of which the test says when they send heartbeats.
class Simulation {
 public:
  explicit Simulation(double step_s = 1) : step_s_(step_s) {}

  /// Lets time pass while these ranks send heartbeats. The events, with their time and rank:
  /// "46:stalled(1)".
  std::string run(double seconds, std::vector<std::size_t> const& senders) {
    std::string events;
    for (double passed = 0; passed < seconds; passed += step_s_) {
      for (std::size_t const rank : senders) monitor.record_heartbeat(rank);
      for (EventRecord const& event : monitor.check(now_s_)) {
        bool const is_end = event.event == Event::recovered;
        EXPECT_EQ(event.severity, is_end ? Severity::info : Severity::error);
        events += fmt::format("{}{}:{}({})", events.empty() ? "" : " ", now_s_,
                              to_string(event.event), event.rank);
        last = event;
      }
      now_s_ += step_s_;
    }
    return events;
  }
  /// Lets time pass without a call to `check`.
  void sleep(double seconds) { now_s_ += seconds; }

  HeartbeatMonitor monitor{{"rank 0", "rank 1"}, "Is it stopped?"};
  EventRecord last;

 private:
  double step_s_, now_s_ = 0;
};

TEST(HeartbeatMonitor, ReportsARankThatSendsNoHeartbeats) {
  Simulation simulation;
  EXPECT_EQ(simulation.run(100, {0, 1}), "");
  EXPECT_EQ(simulation.run(44, {0}), "");
  EXPECT_FALSE(simulation.monitor.silent_for(0)) << "not before it is reported";
  EXPECT_EQ(simulation.run(200, {0}), "145:stalled(1)");
  EXPECT_EQ(simulation.last.message, "rank 1 has sent no heartbeat for 46 s. Is it stopped?");
  EXPECT_EQ(simulation.last.details.dump(), R"({"silent_s":46.0})");
  EXPECT_EQ(simulation.run(1, {0, 1}), "344:recovered(1)");
  EXPECT_EQ(simulation.last.message, "rank 1 sends heartbeats again after 245 s");
  EXPECT_EQ(simulation.last.details["from"], "stalled");
}

TEST(HeartbeatMonitor, ReportsARankThatNeverSentAHeartbeat) {
  Simulation simulation;
  EXPECT_EQ(simulation.run(60, {1}), "46:stalled(0)");
}

TEST(HeartbeatMonitor, NamesWhatASilentRankWasDoing) {
  Simulation simulation;
  simulation.monitor.set_activity(1, "opens its device");
  EXPECT_EQ(simulation.run(47, {0}), "46:stalled(1)");
  EXPECT_EQ(simulation.last.message,
            "rank 1 has sent no heartbeat for 46 s while it opens its device. Is it stopped?");
  EXPECT_EQ(simulation.run(1, {0, 1}), "47:recovered(1)");
  simulation.monitor.set_activity(1, "");
  simulation.run(10, {0});
  EXPECT_EQ(simulation.monitor.silence_text(1), "rank 1 has sent no heartbeat for 10 s");
}

TEST(HeartbeatMonitor, ReportsAsFastAfterOneLongPause) {
  Simulation simulation;
  EXPECT_EQ(simulation.run(100, {0, 1}), "");
  EXPECT_EQ(simulation.run(600, {0}), "145:stalled(1)");
  EXPECT_EQ(simulation.run(100, {0, 1}), "700:recovered(1)");
  EXPECT_EQ(simulation.run(100, {0}), "845:stalled(1)");
}

TEST(HeartbeatMonitor, RaisesItsLimitForASlowRank) {
  Simulation simulation;
  std::string events;
  for (int step = 0; step < 4; ++step) {
    events += simulation.run(99, {0}) + ' ';
    events += simulation.run(1, {0, 1}) + ' ';
  }
  EXPECT_EQ(events,
            "46:stalled(1) 99:recovered(1) 145:stalled(1) 199:recovered(1) "
            "245:stalled(1) 299:recovered(1)   ");
  EXPECT_EQ(simulation.run(299, {0}), "") << "three times its pause of 100 s";
  EXPECT_EQ(simulation.run(3, {0}), "700:stalled(1)");
}

TEST(HeartbeatMonitor, LowersItsLimitHalfAnHourAfterSlowPauses) {
  Simulation simulation;
  for (int step = 0; step < 4; ++step) {
    simulation.run(99, {0});
    simulation.run(1, {0, 1});
  }
  EXPECT_EQ(simulation.run(1801, {0, 1}), "");
  EXPECT_EQ(simulation.run(47, {0}), "2246:stalled(1)");
}

TEST(HeartbeatMonitor, MeasuresTheSilenceOfASlowRankToo) {
  Simulation simulation;
  for (int step = 0; step < 4; ++step) {
    simulation.run(399, {0});
    simulation.run(1, {0, 1});
  }
  EXPECT_EQ(simulation.run(601, {0}), "") << "it may be silent for three times 400 s";
  EXPECT_FALSE(simulation.monitor.silent_for(601));
  EXPECT_EQ(simulation.monitor.silent_for(599), 1u);
  EXPECT_EQ(simulation.monitor.silence_s(1), 601);
}

TEST(HeartbeatMonitor, ReportsNobodyIfItWasNotCalledItself) {
  Simulation simulation;
  EXPECT_EQ(simulation.run(10, {0, 1}), "");
  simulation.sleep(3600);
  EXPECT_EQ(simulation.run(1, {0}), "");
  EXPECT_EQ(simulation.run(1, {0, 1}), "");
}

TEST(HeartbeatMonitor, ReportsASilentRankIfItIsCalledRarely) {
  Simulation simulation(20);
  EXPECT_EQ(simulation.run(100, {0, 1}), "");
  EXPECT_EQ(simulation.run(200, {0}), "160:stalled(1)");
}

TEST(HeartbeatMonitor, KnowsTheRankThatHasBeenSilentLongest) {
  Simulation simulation;
  simulation.run(10, {0, 1});
  simulation.run(5, {0});
  EXPECT_EQ(simulation.run(50, {}), "55:stalled(1) 60:stalled(0)");
  EXPECT_EQ(simulation.monitor.silent_for(50), 1u);
  EXPECT_FALSE(simulation.monitor.silent_for(60));
}

}  // namespace
}  // namespace moneta
