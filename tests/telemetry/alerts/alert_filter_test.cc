// SPDX-License-Identifier: Apache-2.0
#include "telemetry/alerts/alert_filter.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace moneta {
namespace {

EventRecord event(Event which, Severity severity = Severity::warning, std::string coin = "") {
  return {.severity = severity, .event = which, .message = "text", .coin = std::move(coin)};
}

struct NameCase {
  char const* name;
  std::vector<std::string> names;
  EventRecord record;
  bool alerts;

  friend void PrintTo(NameCase const& c, std::ostream* out) { *out << c.name; }
};

class AlertSelection : public testing::TestWithParam<NameCase> {};

TEST_P(AlertSelection, DependsOnNamesAndGroups) {
  EXPECT_EQ(AlertFilter(GetParam().names).admit(GetParam().record, 0, 0).has_value(),
            GetParam().alerts);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, AlertSelection, testing::ValuesIn(std::vector<NameCase>{
    {"Name",                {"slow"},           event(Event::slow),                          true},
    {"OtherName",           {"slow"},           event(Event::stalled),                       false},
    {"AnySeverity",         {"early_stop"},     event(Event::early_stop, Severity::info),    true},
    {"NoNames",             {},                 event(Event::coin_failed, Severity::error),  false},
    {"Error",               {"error"},          event(Event::checkpoint_rejected, Severity::error),     true},
    {"WarningIsNoError",    {"error"},          event(Event::checkpoint_rejected),                      false},
    {"GpuThrottled",        {"gpu"},            event(Event::throttled),                     true},
    {"GpuHot",              {"gpu"},            event(Event::hot),                           true},
    {"GpuLost",             {"gpu"},            event(Event::gpu_lost, Severity::error),     true},
    {"GpuPowerLimit",       {"gpu"},            event(Event::power_limit),                   true},
    {"GpuMemory",           {"gpu"},            event(Event::memory_near_limit),             true},
    {"GpuOtherProcess",     {"gpu"},            event(Event::other_process),                 true},
    {"GpuShared",           {"gpu"},            event(Event::gpu_shared),                    true},
    {"DiskIsNotInGpu",      {"gpu"},            event(Event::disk_low),                      false},
    {"DiskLow",             {"disk"},           event(Event::disk_low),                      true},
    {"DiskSaveFailed",      {"disk"},           event(Event::save_failed),                   true},
    {"DiskIndex",           {"disk"},           event(Event::index_not_written),             true},
    {"DiskLog",             {"disk"},           event(Event::log_not_written),               true},
    {"Finished",            {"finished"},       event(Event::run_finished, Severity::info),  true},
    {"SecondName",          {"slow", "disk"},   event(Event::disk_low),                      true},
    {"FailedAlert",         {"error"},          event(Event::alert_failed, Severity::error), false},
}), [](auto const& each) { return std::string(each.param.name); });
// clang-format on

TEST(AlertFilter, AdmitsAnEventOfACoinOnceInTenMinutes) {
  AlertFilter filter({"slow", "stalled"});
  auto const first = filter.admit(event(Event::slow, Severity::warning, "A"), 1000, 77);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->time_s, 77);
  EXPECT_EQ(first->suppressed, 0u);
  EXPECT_FALSE(filter.admit(event(Event::slow, Severity::warning, "A"), 1001, 0));
  EXPECT_FALSE(filter.admit(event(Event::slow, Severity::warning, "A"), 1599.9, 0));
  EXPECT_TRUE(filter.admit(event(Event::slow, Severity::warning, "B"), 1001, 0)) << "another coin";
  EXPECT_TRUE(filter.admit(event(Event::stalled, Severity::warning, "A"), 1001, 0))
      << "another event";
  auto const next = filter.admit(event(Event::slow, Severity::warning, "A"), 1600, 0);
  ASSERT_TRUE(next);
  EXPECT_EQ(next->suppressed, 2u);
  EXPECT_EQ(next->others_suppressed, 0u);
  auto const after = filter.admit(event(Event::slow, Severity::warning, "A"), 2200, 0);
  ASSERT_TRUE(after);
  EXPECT_EQ(after->suppressed, 0u) << "they were counted once";
}

TEST(AlertFilter, DistinguishesTheRanksOfEventsWithoutACoin) {
  AlertFilter filter({"gpu_lost", "coin_failed"});
  EventRecord lost = event(Event::gpu_lost),
              failed = event(Event::coin_failed, Severity::error, "A");
  EXPECT_TRUE(filter.admit(lost, 0, 0));
  EXPECT_FALSE(filter.admit(lost, 1, 0));
  lost.rank = 1;
  EXPECT_TRUE(filter.admit(lost, 1, 0)) << "another GPU";
  EXPECT_TRUE(filter.admit(failed, 2, 0));
  failed.rank = 1;
  EXPECT_FALSE(filter.admit(failed, 2, 0)) << "the same coin";
}

TEST(AlertFilter, AdmitsTwentyAlertsInTenMinutes) {
  AlertFilter filter({"slow"});
  std::size_t admitted = 0;
  for (int coin = 0; coin < 50; ++coin) {
    if (filter.admit(event(Event::slow, Severity::warning, std::to_string(coin)), coin, 0))
      ++admitted;
  }
  EXPECT_EQ(admitted, 20u);
  EXPECT_FALSE(filter.admit(event(Event::slow, Severity::warning, "x"), 599, 0));
  auto const next = filter.admit(event(Event::slow, Severity::warning, "x"), 600, 0);
  ASSERT_TRUE(next) << "the first of the twenty is ten minutes old";
  EXPECT_EQ(next->suppressed, 0u);
  EXPECT_EQ(next->others_suppressed, 31u);
  EXPECT_FALSE(filter.admit(event(Event::slow, Severity::warning, "y"), 600.5, 0))
      << "the second is not";
  auto const last = filter.admit(event(Event::slow, Severity::warning, "y"), 601, 0);
  ASSERT_TRUE(last);
  EXPECT_EQ(last->others_suppressed, 1u);
}

}  // namespace
}  // namespace moneta
