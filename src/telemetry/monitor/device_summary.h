// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>

#include "base/json.h"
#include "telemetry/monitor/gpu_reading.h"
#include "telemetry/monitor/host_reading.h"

namespace moneta {

/// One sample of what a rank computes on: always the machine, and its GPU if it has one.
struct DeviceReading {
  HostReading host;
  std::optional<GpuReading> gpu;
};
/// {"host": {...}, "gpu": {...}}, the latter only if there is one.
Json to_json(DeviceReading const& reading);

/// Samples of a time, an epoch's, in a few numbers.
class DeviceSummary {
 public:
  void add(DeviceReading const& reading);
  std::size_t samples() const { return samples_; }

  /// {} without a sample; else "samples", "kind" ("gpu" or "cpu") and, where they are known:
  /// memory_max_bytes (of the card by all; on CPUs, of this process), memory_total_bytes (of the
  /// card), process_max_bytes (on the card), temperature_max_c, power_mean_w, power_limit_w (the
  /// latest), utilisation_mean_percent, memory_utilisation_mean_percent, sm_clock_mean_mhz,
  /// throttled_share (of the samples, 0 to 1), throttle_reasons (each reason's share),
  /// other_processes_max, load_mean.
  Json to_json() const;

 private:
  struct Mean {
    double sum = 0;
    std::size_t count = 0;
    void add(std::optional<double> value);
    std::optional<double> value() const;
  };
  void add(GpuReading const& gpu);

  std::size_t samples_ = 0;
  bool has_gpu_ = false;
  std::optional<std::uint64_t> memory_max_, memory_total_, process_max_;
  std::optional<double> temperature_max_, power_limit_;
  std::optional<std::size_t> others_max_;
  Mean power_, utilisation_, memory_utilisation_, clock_, throttled_, load_;
  std::map<std::string, std::size_t> reasons_;
};

}  // namespace moneta
