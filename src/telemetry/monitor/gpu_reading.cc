// SPDX-License-Identifier: Apache-2.0
#include "telemetry/monitor/gpu_reading.h"

#include "telemetry/read_record.h"

namespace moneta {
namespace {

/// Calls visit(key, member) for every member.
template <class Reading, class Visit>
void each_reading(Reading& reading, Visit const& visit) {
  visit("memory_used_bytes", reading.memory_used_bytes);
  visit("memory_total_bytes", reading.memory_total_bytes);
  visit("process_bytes", reading.process_bytes);
  visit("temperature_c", reading.temperature_c);
  visit("slowdown_c", reading.slowdown_c);
  visit("power_w", reading.power_w);
  visit("power_limit_w", reading.power_limit_w);
  visit("utilisation_percent", reading.utilisation_percent);
  visit("memory_utilisation_percent", reading.memory_utilisation_percent);
  visit("sm_clock_mhz", reading.sm_clock_mhz);
  visit("throttle_reasons", reading.throttle_reasons);
  visit("other_processes", reading.other_processes);
  visit("other_bytes", reading.other_bytes);
  visit("lost", reading.lost);
}

}  // namespace

bool is_throttling(std::string_view reason) {
  for (char const* const each :
       {"power_cap", "thermal", "hw_slowdown", "hw_thermal", "hw_power_brake", "sync_boost"}) {
    if (reason == each) return true;
  }
  return false;
}

Json to_json(GpuReading const& reading) {
  Json json = Json::object();
  each_reading(reading, [&](char const* key, auto const& member) {
    if (member) json[key] = *member;
  });
  return json;
}

GpuReading gpu_reading_from(Json const& json) {
  return read_record("a reading of a GPU", json, [&] {
    MONETA_REQUIRE(json.is_object(), internal, "it is no object");
    GpuReading reading;
    each_reading(reading, [&]<class Value>(char const* key, std::optional<Value>& member) {
      auto const found = json.find(key);
      if (found != json.end() && !found->is_null()) member = found->template get<Value>();
    });
    return reading;
  });
}

}  // namespace moneta
