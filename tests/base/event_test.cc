// SPDX-License-Identifier: Apache-2.0
#include "base/event.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <set>

namespace moneta {
namespace {

template <class Range>
bool contains(Range const& range, std::string_view wanted) {
  return std::find(std::begin(range), std::end(range), wanted) != std::end(range);
}

TEST(EventTable, HasUniqueNamesInLowerSnakeCase) {
  std::set<std::string_view> names;
  for (EventInfo const& row : event_table) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name << " is there twice";
    EXPECT_FALSE(row.name.empty() || row.name.starts_with('_') || row.name.ends_with('_'))
        << row.name;
    EXPECT_EQ(row.name.find("__"), std::string_view::npos) << row.name;
    EXPECT_EQ(row.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), std::string_view::npos)
        << row.name;
  }
}

TEST(EventTable, HasKnownGroupsOnlyAndNoEventNamedLikeAGroup) {
  for (EventInfo const& row : event_table) {
    EXPECT_TRUE(row.group.empty() || contains(event_groups, row.group)) << row.name;
    EXPECT_NE(row.group, "error") << row.name << ": this group depends on the severity";
    EXPECT_FALSE(contains(event_groups, row.name)) << row.name;
  }
}

TEST(EventTable, HasNoWorstSeverityBelowTheUsualOne) {
  for (EventInfo const& row : event_table) EXPECT_GE(row.worst, row.severity) << row.name;
}

TEST(EventFromName, FindsEveryEventAgain) {
  for (EventInfo const& row : event_table) {
    EXPECT_EQ(event_from_name(to_string(row.event)), row.event) << row.name;
  }
}

TEST(EventFromName, FindsNothingForOtherNames) {
  for (char const* const name : {"", "gpu", "error", "Slow", "slow ", "no_such_event"}) {
    EXPECT_EQ(event_from_name(name), std::nullopt) << name;
  }
}

TEST(SeverityFromName, FindsEverySeverityAgain) {
  for (Severity const severity : {Severity::info, Severity::warning, Severity::error}) {
    EXPECT_EQ(severity_from_name(to_string(severity)), severity) << to_string(severity);
  }
  EXPECT_EQ(severity_from_name("fatal"), std::nullopt);
}

/// An event that is missing in this list could never alert.
TEST(AlertEventNames, AreTheGroupsAndAllEventsButThoseOfTheAlertsThemselves) {
  auto const names = alert_event_names();
  for (std::string_view const group : event_groups) EXPECT_TRUE(contains(names, group)) << group;
  for (EventInfo const& row : event_table) {
    EXPECT_EQ(contains(names, row.name), !row.name.starts_with("alert_")) << row.name;
  }
  EXPECT_EQ(names.size(), std::size(event_groups) + std::size(event_table) - 2);
}

}  // namespace
}  // namespace moneta
