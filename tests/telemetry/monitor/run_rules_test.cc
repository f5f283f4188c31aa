// SPDX-License-Identifier: Apache-2.0
#include "telemetry/monitor/run_rules.h"

#include <gtest/gtest.h>

#include <limits>

#include "telemetry/monitor/event_trace.h"

namespace moneta {
namespace {

struct PaceCase {
  char const* name;
  std::vector<double> speeds;
  char const* events;

  friend void PrintTo(PaceCase const& c, std::ostream* out) { *out << c.name; }
};
class PaceRule : public testing::TestWithParam<PaceCase> {};

EpochRecord epoch(std::string const& coin, double speed) {
  EpochRecord record;
  record.coin = coin;
  record.rank = 2;
  record.epoch = 9;
  record.sequences_per_second = speed;
  record.wait_seconds = 1.5;
  record.device = {{"throttled_share", 0.5}};
  return record;
}

TEST_P(PaceRule, ReportsASlowCoin) {
  RunRules rules;
  auto const check = [&](double each) { return rules.check(epoch("KRW-BTC", each)); };
  EXPECT_EQ(event_trace(GetParam().speeds, check), GetParam().events);
}

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, PaceRule, testing::ValuesIn(std::vector<PaceCase>{
    {"ThreeInARow",          {100, 100, 100, 79, 79, 79}, "6:slow"},
    {"NotTwoInARow",         {100, 100, 100, 79, 79, 80, 79, 79, 100}, ""},
    {"NotJustAbove",         times(3, 100.0) + times(9, 80.0), ""},
    {"RequiresThreeEarlier",    {100, 100, 10, 10, 10}, ""},
    {"ComparesWithTheMedian", {1, 100, 100, 100, 1000, 79, 79, 79}, "8:slow"},
    {"MedianOfAnEvenNumber", {100, 100, 120, 120, 89, 89, 89}, ""},
    {"BelowTheMedianOfAnEvenNumber", {100, 100, 120, 120, 87, 87, 87}, "7:slow"},
    {"IsReportedOnce",       times(3, 100.0) + times(50, 50.0), "6:slow"},
    {"NeutralEpochIsNoEnd",  times(3, 100.0) + times(3, 50.0) + times(1, 89.0) + times(3, 50.0), "6:slow"},
    {"EndsAndBeginsAgain",   times(3, 100.0) + times(3, 50.0) + times(1, 90.0) + times(3, 50.0), "6:slow 7:recovered(slow) 10:slow"},
    {"SlowEpochsDoNotCount", times(3, 100.0) + times(20, 50.0) + times(1, 100.0) + times(3, 79.0), "6:slow 24:recovered(slow) 27:slow"},
    {"SkipsInvalidSpeeds", {100, nan, 100, 0, 100, 79, nan, 79, 0, 79}, "10:slow"},
}), [](auto const& each) { return each.param.name; });
// clang-format on

TEST(RunRules, ReportSpeedAndDeviceOfASlowCoinOnly) {
  RunRules rules;
  for (int i = 0; i < 3; ++i) rules.check(epoch("KRW-BTC", 1234.5));
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(rules.check(epoch("KRW-BTC", 617.25)).empty());
  EXPECT_TRUE(rules.check(epoch("KRW-ETH", 617.25)).empty());  // each coin by itself
  auto const events = rules.check(epoch("KRW-BTC", 617.25));
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].coin, "KRW-BTC");
  EXPECT_EQ(events[0].rank, 2u);
  EXPECT_TRUE(events[0].message.starts_with("617.3 sequences/s, 50 % of the usual 1234.5"))
      << events[0].message;
  EXPECT_EQ(events[0].details.dump(),
            R"({"sequences_per_second":617.25,"usual_sequences_per_second":1234.5,"epoch":9,)"
            R"("wait_seconds":1.5,"device":{"throttled_share":0.5}})");
}

struct DiskCase {
  char const* name;
  std::vector<double> free_percent;
  char const* events;

  friend void PrintTo(DiskCase const& c, std::ostream* out) { *out << c.name; }
};
class DiskRule : public testing::TestWithParam<DiskCase> {};

DiskReading free_space(double percent) {
  return {static_cast<std::uint64_t>(percent * 1000 + 0.5) << 20, std::uint64_t{100'000} << 20};
}

TEST_P(DiskRule, ReportsALowDisk) {
  RunRules rules;
  auto const check = [&](double each) { return rules.check(free_space(each)); };
  EXPECT_EQ(event_trace(GetParam().free_percent, check), GetParam().events);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, DiskRule, testing::ValuesIn(std::vector<DiskCase>{
    {"LowAtTen",             {50, 10.1, 10}, "3:disk_low"},
    {"NotJustAbove",         times(100, 10.01), ""},
    {"AgainAtFive",          {10, 5.1, 5, 1, 0}, "1:disk_low 3:disk_low!"},
    {"BothAtOnceAreOne",     {50, 4}, "2:disk_low!"},
    {"IsReportedOnce",       {10, 9, 11.9, 9, 6, 11.9, 10}, "1:disk_low"},
    {"EndsAndBeginsAgain",   {10, 12, 10}, "1:disk_low 2:recovered(disk_low) 3:disk_low"},
    {"FiveAgainFromSeven",   {4, 6.9, 4, 7, 4, 12}, "1:disk_low! 5:disk_low! 6:recovered(disk_low)"},
    {"FromFullToEmpty",      {0, 100, 0}, "1:disk_low! 2:recovered(disk_low) 3:disk_low!"},
}), [](auto const& each) { return each.param.name; });
// clang-format on

TEST(RunRules, ReportHowMuchOfALowDiskIsFree) {
  RunRules rules;
  EXPECT_TRUE(rules.check(DiskReading{}).empty());
  auto const events = rules.check(free_space(7.25));
  ASSERT_EQ(events.size(), 1u);
  EXPECT_TRUE(events[0].message.starts_with("only 7.3 % (7,250 MiB) of the disk"))
      << events[0].message;
  EXPECT_EQ(events[0].details.dump(),
            R"({"free_bytes":7602176000,"total_bytes":104857600000,"free_percent":7.3})");
}

}  // namespace
}  // namespace moneta
