// SPDX-License-Identifier: Apache-2.0
#include "telemetry/monitor/gpu_reading.h"

namespace moneta {

Json to_json(GpuReading const& reading) {
  Json json = Json::object();
  auto const add = [&json](char const* key, auto const& member) {
    if (member) json[key] = *member;
  };
  add("memory_used_bytes", reading.memory_used_bytes);
  add("memory_total_bytes", reading.memory_total_bytes);
  add("process_bytes", reading.process_bytes);
  add("temperature_c", reading.temperature_c);
  add("slowdown_c", reading.slowdown_c);
  add("power_w", reading.power_w);
  add("power_limit_w", reading.power_limit_w);
  add("utilisation_percent", reading.utilisation_percent);
  add("memory_utilisation_percent", reading.memory_utilisation_percent);
  add("sm_clock_mhz", reading.sm_clock_mhz);
  add("throttle_reasons", reading.throttle_reasons);
  add("other_processes", reading.other_processes);
  add("other_bytes", reading.other_bytes);
  add("lost", reading.lost);
  return json;
}

}  // namespace moneta
