// SPDX-License-Identifier: Apache-2.0
#include "telemetry/alerts/alert_filter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include "base/error.h"

namespace moneta {
namespace {

EventRecord event(std::string action, Severity severity = Severity::warning,
                  std::string coin = "") {
  return {severity, std::move(action), "text", std::move(coin), 0, Json::object()};
}

struct NameCase {
  char const* name;
  std::vector<std::string> names;
  EventRecord record;
  bool alerts;
};

void PrintTo(NameCase const& test, std::ostream* out) { *out << test.name; }

class AlertNames : public testing::TestWithParam<NameCase> {};

TEST_P(AlertNames, Decide) {
  EXPECT_EQ(AlertFilter(GetParam().names).admit(GetParam().record, 0, 0).has_value(),
            GetParam().alerts);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, AlertNames, testing::ValuesIn(std::vector<NameCase>{
    {"Action",              {"slow"},           event("slow"),                          true},
    {"OtherAction",         {"slow"},           event("stalled"),                       false},
    {"AnySeverity",         {"early_stop"},     event("early_stop", Severity::info),    true},
    {"Nothing",             {},                 event("coin_failed", Severity::error),  false},
    {"EveryError",          {"error"},          event("anything", Severity::error),     true},
    {"NoWarning",           {"error"},          event("anything"),                      false},
    {"GpuThrottled",        {"gpu"},            event("throttled"),                     true},
    {"GpuHot",              {"gpu"},            event("hot"),                           true},
    {"GpuLost",             {"gpu"},            event("gpu_lost", Severity::error),     true},
    {"GpuPowerLimit",       {"gpu"},            event("power_limit"),                   true},
    {"GpuMemory",           {"gpu"},            event("memory_near_limit"),             true},
    {"GpuOtherProcess",     {"gpu"},            event("other_process"),                 true},
    {"GpuShared",           {"gpu"},            event("gpu_shared"),                    true},
    {"GpuHasNoDisk",        {"gpu"},            event("disk_low"),                      false},
    {"DiskLow",             {"disk"},           event("disk_low"),                      true},
    {"DiskSaveFailed",      {"disk"},           event("save_failed"),                   true},
    {"DiskIndex",           {"disk"},           event("index_not_written"),             true},
    {"DiskLog",             {"disk"},           event("log_not_written"),               true},
    {"Finished",            {"finished"},       event("run_finished", Severity::info),  true},
    {"SecondName",          {"slow", "disk"},   event("disk_low"),                      true},
    {"FailedAlert",         {"error"},          event("alert_failed", Severity::error), false},
}), [](auto const& each) { return std::string(each.param.name); });
// clang-format on

TEST(AlertFilter, LetsAnActionOfACoinThroughOnceInTenMinutes) {
  AlertFilter filter({"slow", "stalled"});
  auto const first = filter.admit(event("slow", Severity::warning, "A"), 1000, 77);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->time_s, 77);
  EXPECT_EQ(first->left_out, 0u);
  EXPECT_FALSE(filter.admit(event("slow", Severity::warning, "A"), 1001, 0));
  EXPECT_FALSE(filter.admit(event("slow", Severity::warning, "A"), 1599.9, 0));
  EXPECT_TRUE(filter.admit(event("slow", Severity::warning, "B"), 1001, 0)) << "another coin";
  EXPECT_TRUE(filter.admit(event("stalled", Severity::warning, "A"), 1001, 0)) << "another action";
  auto const next = filter.admit(event("slow", Severity::warning, "A"), 1600, 0);
  ASSERT_TRUE(next);
  EXPECT_EQ(next->left_out, 2u);
  EXPECT_EQ(next->others_left_out, 0u);
  auto const after = filter.admit(event("slow", Severity::warning, "A"), 2200, 0);
  ASSERT_TRUE(after);
  EXPECT_EQ(after->left_out, 0u) << "they were told of once";
}

TEST(AlertFilter, TellsTheRanksOfEventsWithoutACoinApart) {
  AlertFilter filter({"gpu_lost", "coin_failed"});
  EventRecord lost = event("gpu_lost"), failed = event("coin_failed", Severity::error, "A");
  EXPECT_TRUE(filter.admit(lost, 0, 0));
  EXPECT_FALSE(filter.admit(lost, 1, 0));
  lost.rank = 1;
  EXPECT_TRUE(filter.admit(lost, 1, 0)) << "another GPU";
  EXPECT_TRUE(filter.admit(failed, 2, 0));
  failed.rank = 1;
  EXPECT_FALSE(filter.admit(failed, 2, 0)) << "the same coin";
}

TEST(AlertFilter, LetsTwentyThroughInTenMinutes) {
  AlertFilter filter({"slow"});
  std::size_t admitted = 0;
  for (int coin = 0; coin < 50; ++coin) {
    if (filter.admit(event("slow", Severity::warning, fmt::format("{}", coin)), coin, 0))
      ++admitted;
  }
  EXPECT_EQ(admitted, 20u);
  EXPECT_FALSE(filter.admit(event("slow", Severity::warning, "x"), 599, 0));
  auto const next = filter.admit(event("slow", Severity::warning, "x"), 600, 0);
  ASSERT_TRUE(next) << "the first of the twenty is ten minutes old";
  EXPECT_EQ(next->left_out, 0u);
  EXPECT_EQ(next->others_left_out, 31u);
  EXPECT_FALSE(filter.admit(event("slow", Severity::warning, "y"), 600.5, 0))
      << "the second is not";
  auto const last = filter.admit(event("slow", Severity::warning, "y"), 601, 0);
  ASSERT_TRUE(last);
  EXPECT_EQ(last->others_left_out, 1u);
}

/// An event that the code reports, and alert.events does not know, could never alert.
TEST(AlertEvents, NameEveryActionInTheCode) {
  std::regex const report("Severity::(?:info|warning|error),\\s*\"([a-z_]+)\"");
  std::vector<std::string> const known = alert_event_names();
  std::size_t found = 0;
  for (auto const& entry : std::filesystem::recursive_directory_iterator(MONETA_SOURCE "/src")) {
    if (entry.path().extension() != ".cc") continue;
    std::ostringstream stream;
    stream << std::ifstream(entry.path()).rdbuf();
    std::string const text = stream.str();
    for (std::sregex_iterator at(text.begin(), text.end(), report), end; at != end; ++at) {
      std::string const action = (*at)[1];
      if (action.starts_with("alert_")) continue;
      ++found;
      EXPECT_NE(std::find(known.begin(), known.end(), action), known.end())
          << action << " of " << entry.path() << " is missing in base/alert.h";
    }
  }
  EXPECT_GT(found, 10u);
}

}  // namespace
}  // namespace moneta
