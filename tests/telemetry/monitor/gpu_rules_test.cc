// SPDX-License-Identifier: Apache-2.0
#include "telemetry/monitor/gpu_rules.h"

#include <gtest/gtest.h>

#include "telemetry/monitor/event_trace.h"

namespace moneta {
namespace {

GpuReading degrees(double value) {
  GpuReading reading;
  reading.temperature_c = value;
  return reading;
}
GpuReading degrees_of(double value, double slowdown) {
  GpuReading reading = degrees(value);
  reading.slowdown_c = slowdown;
  return reading;
}
GpuReading reasons(std::vector<std::string> words) {
  GpuReading reading;
  reading.throttle_reasons = std::move(words);
  return reading;
}
GpuReading power_limit(double watts) {
  GpuReading reading;
  reading.power_limit_w = watts;
  return reading;
}
GpuReading used(std::uint64_t bytes) {
  GpuReading reading;
  reading.memory_used_bytes = bytes;
  reading.memory_total_bytes = 1'000'000;
  reading.process_bytes = bytes / 2;
  return reading;
}
GpuReading others(std::size_t count) {
  GpuReading reading;
  reading.other_processes = count;
  return reading;
}
GpuReading lost() {
  GpuReading reading;
  reading.lost = "GPU is lost";
  return reading;
}
GpuReading lost_at(double value) {
  GpuReading reading = degrees(value);
  reading.lost = "GPU is lost";
  return reading;
}
GpuReading const silent, fine = reasons({"idle", "applications_clocks", "display_clocks", "other"}),
                         thermal = reasons({"thermal"}), capped = reasons({"power_cap"});

GpuExpectation of(std::optional<double> watts, std::optional<std::uint64_t> bytes = {},
                  std::size_t ranks = 1) {
  GpuExpectation expectation;
  expectation.power_limit_w = watts;
  expectation.memory_limit_bytes = bytes;
  expectation.ranks_on_gpu = ranks;
  return expectation;
}
GpuExpectation hot_at(double degrees_c) {
  GpuExpectation expectation;
  expectation.hot_c = degrees_c;
  return expectation;
}

struct GpuCase {
  char const* name;
  std::vector<GpuReading> readings;
  char const* events;
  GpuExpectation expectation = of({});

  friend void PrintTo(GpuCase const& c, std::ostream* out) { *out << c.name; }
};
class GpuRuleTable : public testing::TestWithParam<GpuCase> {};

TEST_P(GpuRuleTable, ReportsStatesThatBeginAndEnd) {
  GpuRules rules(3, GetParam().expectation);
  auto const check = [&](GpuReading const& each) { return rules.check(each); };
  EXPECT_EQ(event_trace(GetParam().readings, check), GetParam().events);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, GpuRuleTable, testing::ValuesIn(std::vector<GpuCase>{
    {"UnknownReadings",        times(50, silent), "", of(345, 100, 1)},
    {"HotFromTheThreshold",    {degrees(86), degrees(87)}, "2:hot"},
    {"HotNotJustBelow",        times(1000, degrees(86.9)), ""},
    {"HotIsReportedOnce",          {degrees(87), degrees(90), degrees(83), degrees(88), degrees(86)}, "1:hot"},
    {"HotEndsAndBeginsAgain",  {degrees(87), degrees(82.1), degrees(82), degrees(86), degrees(87)},
                               "1:hot 3:recovered(hot) 5:hot"},
    {"HotAtTheSlowdownTemperature", {degrees_of(92, 93), degrees_of(93, 93), degrees_of(89, 93), degrees_of(88, 93)},
                               "2:hot 4:recovered(hot)"},
    {"HotAtAnotherThreshold",  {degrees(69), degrees(70)}, "2:hot", hot_at(70)},
    {"ThrottledThreeInARow",   times(2, thermal) + times(1, fine) + times(2, thermal) + times(1, thermal), "6:throttled"},
    {"ThrottledNotTwoInARow",  times(2, thermal) + times(1, fine) + times(2, thermal) + times(1, fine), ""},
    {"ThrottledNeedsAReason",  times(100, fine), ""},
    {"ThrottledIsReportedOnce",    times(100, thermal) + times(29, fine) + times(10, thermal) + times(29, fine), "3:throttled"},
    {"ThrottledEndsAndBeginsAgain", times(3, thermal) + times(30, fine) + times(3, thermal),
                               "3:throttled 33:recovered(throttled) 36:throttled"},
    {"ThrottledReportsEachReason", times(5, thermal) + times(5, reasons({"thermal", "hw_power_brake"})), "3:throttled 8:throttled"},
    {"ThrottledReasonsTogether",  times(5, reasons({"hw_thermal", "hw_slowdown", "sync_boost"})), "3:throttled"},
    {"ThrottledEndsWithTheLastReason", times(3, reasons({"thermal", "hw_thermal"})) + times(40, thermal) + times(30, fine),
                               "3:throttled 73:recovered(throttled)"},
    {"PowerCapIsReportedOnceOnly", times(9, capped) + times(50, fine) + times(9, capped), "3:throttled(info)"},
    {"PowerCapAndWorse",       times(3, reasons({"power_cap", "hw_thermal"})), "3:throttled"},
    {"ThrottledSkipsUnknown",  times(2, thermal) + times(5, silent) + times(1, thermal), "8:throttled"},
    {"PowerLimitDiffers",      times(3, power_limit(400)), "1:power_limit", of(345)},
    {"PowerLimitBelow",        times(3, power_limit(343.9)), "1:power_limit", of(345)},
    {"PowerLimitAlmostTheSame", {power_limit(346), power_limit(344)}, "", of(345)},
    {"PowerLimitIsReportedOncePerStart", {power_limit(400), power_limit(345), power_limit(300)}, "1:power_limit", of(345)},
    {"PowerLimitChangesLater", {power_limit(345), power_limit(300)}, "2:power_limit", of(345)},
    {"PowerLimitIsNotExpected", times(3, power_limit(400)), ""},
    {"MemoryNearTheLimit",     {used(97'999), used(98'000)}, "2:memory_near_limit", of({}, 100'000)},
    {"MemoryOfTheWholeGpu", {used(979'999), used(980'000)}, "2:memory_near_limit"},
    {"MemoryOfAGpuBelowTheLimit", {used(979'999), used(980'000)}, "2:memory_near_limit", of({}, 1'200'000)},
    {"MemoryIsReportedOnce",       {used(99'000), used(95'100), used(98'000), used(200'000)}, "1:memory_near_limit",
                               of({}, 100'000)},
    {"MemoryEndsAndBeginsAgain", {used(98'000), used(95'000), used(98'000)},
                               "1:memory_near_limit 2:recovered(memory_near_limit) 3:memory_near_limit", of({}, 100'000)},
    {"MemoryOfASharedGpu",    {used(98'000), used(195'998), used(196'000)}, "3:memory_near_limit", of({}, 100'000, 2)},
    {"OtherProcessTwoInARow",  {others(1), others(0), others(1), others(1)}, "4:other_process"},
    {"OtherProcessNone",       times(10, others(0)), ""},
    {"OtherProcessIsReportedOnce", times(10, others(1)) + times(2, others(0)) + times(10, others(2)), "2:other_process"},
    {"OtherProcessEndsAndBeginsAgain", times(2, others(1)) + times(3, others(0)) + times(2, others(1)),
                               "2:other_process 5:recovered(other_process) 7:other_process"},
    {"OtherRanksAreNotForeign",   times(5, others(2)), "", of({}, {}, 3)},
    {"OtherProcessThanTheRanks", times(5, others(3)), "2:other_process", of({}, {}, 3)},
    {"LostTwoInARow",          {fine, lost(), fine, lost(), lost()}, "5:gpu_lost!"},
    {"LostIsReportedOnce",         times(1, fine) + times(50, lost()), "3:gpu_lost!"},
    {"LostEndsAndBeginsAgain", times(2, lost()) + times(3, fine) + times(2, lost()), "2:gpu_lost! 5:recovered(gpu_lost) 7:gpu_lost!"},
    {"LostHidesOtherStates",   times(2, thermal) + times(10, lost()) + times(1, thermal), "4:gpu_lost! 13:throttled"},
    {"LostIsNotHotAsWell",       times(5, lost_at(90)), "2:gpu_lost!"},
}), [](auto const& each) { return each.param.name; });
// clang-format on

TEST(GpuRules, NameTheRankTheLimitsAndTheReading) {
  GpuRules rules(3, of(345));
  GpuReading reading = power_limit(400);
  reading.temperature_c = 88;
  auto const events = rules.check(reading);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].rank, 3u);
  EXPECT_EQ(events[0].coin, "");
  for (char const* const part :
       {"400 W", "device.expected_power_limit_w is 345", "launch/power-limit.sh 345"}) {
    EXPECT_NE(events[0].message.find(part), std::string::npos) << events[0].message;
  }
  EXPECT_EQ(events[0].details.dump(), R"({"power_limit_w":400.0,"expected_w":345.0,)"
                                      R"("gpu":{"temperature_c":88.0,"power_limit_w":400.0}})");
  EXPECT_EQ(events[1].event, Event::hot);
  EXPECT_NE(events[1].message.find("88 C (the limit is 87 C)"), std::string::npos)
      << events[1].message;
}

TEST(GpuRules, NameTheReasonsForThrottling) {
  GpuRules rules(0, {});
  GpuReading const reading = reasons({"idle", "thermal", "hw_thermal", "power_cap"});
  rules.check(reading);
  rules.check(reading);
  auto const events = rules.check(reading);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_NE(events[0].message.find("(hw_thermal, power_cap, thermal)"), std::string::npos)
      << events[0].message;
  EXPECT_EQ(events[0].details["reasons"].dump(), R"(["thermal","hw_thermal","power_cap"])");
}

TEST(GpuRules, OfDifferentRanksAreIndependent) {
  GpuRules first(0, {}), second(1, {});
  EXPECT_EQ(first.check(degrees(90)).size(), 1u);
  EXPECT_EQ(second.check(degrees(90)).size(), 1u);
  EXPECT_EQ(first.check(degrees(90)).size(), 0u);
}

}  // namespace
}  // namespace moneta
