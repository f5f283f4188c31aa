// SPDX-License-Identifier: Apache-2.0
#include "telemetry/monitor/device_summary.h"

#include "base/round.h"

namespace moneta {
namespace {

template <class Value>
void raise(std::optional<Value>& highest, std::optional<Value> const& value) {
  if (value && (!highest || *value > *highest)) highest = value;
}

void put(Json& json, char const* key, std::optional<double> value) {
  if (value) json[key] = round_to_decimals(*value, 3);
}
template <class Count>
void put_count(Json& json, char const* key, std::optional<Count> value) {
  if (value) json[key] = *value;
}

}  // namespace

Json to_json(DeviceReading const& reading) {
  Json json = {{"host", to_json(reading.host)}};
  if (reading.gpu) json["gpu"] = to_json(*reading.gpu);
  return json;
}

void DeviceSummary::Mean::add(std::optional<double> value) {
  if (!value) return;
  sum += *value;
  ++count;
}

std::optional<double> DeviceSummary::Mean::value() const {
  if (count == 0) return std::nullopt;
  return sum / static_cast<double>(count);
}

void DeviceSummary::add(DeviceReading const& reading) {
  ++samples_;
  load_.add(reading.host.load);
  if (reading.gpu) {
    add(*reading.gpu);
  } else {
    raise(memory_max_, reading.host.process_bytes);
  }
}

void DeviceSummary::add(GpuReading const& gpu) {
  has_gpu_ = true;
  raise(memory_max_, gpu.memory_used_bytes);
  raise(memory_total_, gpu.memory_total_bytes);
  raise(process_max_, gpu.process_bytes);
  raise(temperature_max_, gpu.temperature_c);
  raise(others_max_, gpu.other_processes);
  if (gpu.power_limit_w) power_limit_ = gpu.power_limit_w;
  power_.add(gpu.power_w);
  utilisation_.add(gpu.utilisation_percent);
  memory_utilisation_.add(gpu.memory_utilisation_percent);
  clock_.add(gpu.sm_clock_mhz);
  if (!gpu.throttle_reasons) return;
  bool is_throttled = false;
  for (std::string const& reason : *gpu.throttle_reasons) {
    if (!is_throttling(reason)) continue;
    is_throttled = true;
    ++reasons_[reason];
  }
  throttled_.add(is_throttled ? 1.0 : 0.0);
}

Json DeviceSummary::to_json() const {
  Json json = Json::object();
  if (samples_ == 0) return json;
  json["kind"] = has_gpu_ ? "gpu" : "cpu";
  json["samples"] = samples_;
  put_count(json, "memory_max_bytes", memory_max_);
  put_count(json, "memory_total_bytes", memory_total_);
  put_count(json, "process_max_bytes", process_max_);
  put(json, "temperature_max_c", temperature_max_);
  put(json, "power_mean_w", power_.value());
  put(json, "power_limit_w", power_limit_);
  put(json, "utilisation_mean_percent", utilisation_.value());
  put(json, "memory_utilisation_mean_percent", memory_utilisation_.value());
  put(json, "sm_clock_mean_mhz", clock_.value());
  put(json, "throttled_share", throttled_.value());
  if (throttled_.count > 0) {
    Json& shares = json["throttle_reasons"] = Json::object();
    for (auto const& [reason, count] : reasons_) {
      put(shares, reason.c_str(),
          static_cast<double>(count) / static_cast<double>(throttled_.count));
    }
  }
  put_count(json, "other_processes_max", others_max_);
  put(json, "load_mean", load_.value());
  return json;
}

}  // namespace moneta
