// SPDX-License-Identifier: Apache-2.0
#include "telemetry/display/reading_text.h"

#include <fmt/core.h>

#include <vector>

#include "base/text.h"
#include "telemetry/monitor/throttle_reason.h"

namespace moneta {
namespace {

/// How a number of a reading is shown.
struct Quantity {
  char const *key, *limit_key, *unit;
  double factor = 1;  ///< from the reading's unit to the one shown
  int decimals = 0;
};

/// "310/345 W", "310 W" if there is no limit, or nothing.
std::string quantity_text(Json const& reading, Quantity const& quantity) {
  auto const number = [&](char const* key) -> std::string {
    auto const found = key == nullptr ? reading.end() : reading.find(key);
    if (found == reading.end() || !found->is_number()) return "";
    return fmt::format("{:.{}f}", found->get<double>() * quantity.factor, quantity.decimals);
  };
  std::string const value = number(quantity.key);
  if (value.empty()) return "";
  std::string const limit = number(quantity.limit_key);
  return fmt::format("{}{}{} {}", value, limit.empty() ? "" : "/", limit, quantity.unit);
}

/// "(thermal, 2 other on it)" or nothing. The power cap is left out: at full load a GPU always runs
/// at its power limit.
std::string problems_text(Json const& reading) {
  if (reading.contains("lost")) return "lost";
  std::vector<std::string> problems;
  auto const reasons = reading.find("throttle_reasons");
  if (reasons != reading.end() && reasons->is_array()) {
    for (Json const& reason : *reasons) {
      std::string const word = reason.is_string() ? reason.get<std::string>() : "";
      if (is_throttling(word) && word != "power_cap") problems.push_back(word);
    }
  }
  auto const others = reading.find("other_processes");
  if (others != reading.end() && others->is_number_unsigned() && *others > 0) {
    problems.push_back(fmt::format("{} other on it", others->get<std::size_t>()));
  }
  return problems.empty() ? "" : '(' + joined(problems) + ')';
}

}  // namespace

std::string reading_text(Json const& reading) {
  if (!reading.is_object()) return "";
  constexpr double gib = 1.0 / (1 << 30);
  bool const is_gpu = reading.contains("memory_used_bytes");
  std::string const load = quantity_text(reading, {"load", "cores", "cores"});
  std::vector<std::string> parts;
  for (std::string const& part :
       {quantity_text(reading, {"temperature_c", nullptr, "C"}),
        quantity_text(reading, {"power_w", "power_limit_w", "W"}),
        quantity_text(reading, {is_gpu ? "memory_used_bytes" : "process_bytes",
                                "memory_total_bytes", "GiB", gib, 1}),
        quantity_text(reading, {"utilisation_percent", nullptr, "%"}),
        quantity_text(reading, {"sm_clock_mhz", nullptr, "MHz"}),
        load.empty() ? load : "load " + load, problems_text(reading)}) {
    if (!part.empty()) parts.push_back(part);
  }
  return joined(parts, " ");
}

}  // namespace moneta
