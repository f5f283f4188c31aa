// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/error.h"
#include "telemetry/record.h"

namespace moneta {

/// What was told, with the number (from 1) of the sample that brought it: "3:slow 7:recovered".
template <class Sample, class See>
std::string told(std::vector<Sample> const& samples, See const& see) {
  std::string text;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    for (EventRecord const& event : see(samples[i])) {
      text += fmt::format("{}{}:{}", text.empty() ? "" : " ", i + 1, event.action);
      if (event.severity == Severity::error) text += "!";
      if (event.action == "throttled" && event.severity == Severity::info) text += "(info)";
      bool const is_recovered = event.action == "recovered";
      EXPECT_EQ(event.severity == Severity::info, is_recovered || text.ends_with("(info)")) << text;
      if (is_recovered) text += fmt::format("({})", event.details["from"].get<std::string>());
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
