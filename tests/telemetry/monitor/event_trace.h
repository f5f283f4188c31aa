// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "telemetry/record.h"

namespace moneta {

/// The name of an event, and for "recovered" what it recovers from: "recovered(hot)".
inline std::string event_text(EventRecord const& record) {
  if (record.event != Event::recovered) return std::string(to_string(record.event));
  return fmt::format("recovered({})", record.details["from"].get<std::string>());
}

/// The events that check(sample) returns, each with the number (from 1) of its sample:
/// "3:slow 7:recovered(slow)". Errors end in "!", and "throttled" with severity info in "(info)".
template <class Sample, class Check>
std::string event_trace(std::vector<Sample> const& samples, Check const& check) {
  std::string text;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    for (EventRecord const& record : check(samples[i])) {
      bool const is_info = record.severity == Severity::info;
      text += fmt::format("{}{}:{}", text.empty() ? "" : " ", i + 1, event_text(record));
      if (record.severity == Severity::error) text += "!";
      if (record.event == Event::throttled && is_info) text += "(info)";
      EXPECT_EQ(is_info, text.ends_with(')')) << text;
    }
  }
  return text;
}

template <class Sample>
std::vector<Sample> times(std::size_t count, Sample const& sample) {
  return std::vector<Sample>(count, sample);
}
template <class Sample>
std::vector<Sample> operator+(std::vector<Sample> first, std::vector<Sample> const& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

}  // namespace moneta
