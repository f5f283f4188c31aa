// SPDX-License-Identifier: Apache-2.0
#include "base/event.h"

#include <algorithm>
#include <iterator>

namespace moneta {
namespace {

constexpr std::array<char const*, 3> severity_names = {"info", "warning", "error"};

/// `info` uses the event as an index into the table.
constexpr bool table_is_in_order() {
  for (std::size_t i = 0; i < std::size(event_table); ++i) {
    if (static_cast<std::size_t>(event_table[i].event) != i) return false;
  }
  return std::size(event_table) == static_cast<std::size_t>(Event::alert_recovered) + 1;
}
static_assert(table_is_in_order());

}  // namespace

char const* to_string(Severity severity) {
  return severity_names.at(static_cast<std::size_t>(severity));
}

std::optional<Severity> severity_from_name(std::string_view name) {
  auto const found = std::find(severity_names.begin(), severity_names.end(), name);
  if (found == severity_names.end()) return {};
  return static_cast<Severity>(found - severity_names.begin());
}

std::optional<Event> event_from_name(std::string_view name) {
  auto const found = std::find_if(std::begin(event_table), std::end(event_table),
                                  [&](EventInfo const& row) { return row.name == name; });
  if (found == std::end(event_table)) return {};
  return found->event;
}

std::vector<std::string> alert_event_names() {
  std::vector<std::string> names(std::begin(event_groups), std::end(event_groups));
  for (EventInfo const& row : event_table) {
    if (row.can_alert) names.emplace_back(row.name);
  }
  return names;
}

}  // namespace moneta
