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

/// A reading of the machine and, if the rank has one, of its GPU.
struct DeviceReading {
  HostReading host;
  std::optional<GpuReading> gpu;
};
/// {"host": {...}, "gpu": {...}}; "gpu" only if there is a GPU.
Json to_json(DeviceReading const& reading);

/// Aggregates the readings of a period, usually an epoch.
class DeviceSummary {
 public:
  void add(DeviceReading const& reading);
  std::size_t samples() const { return samples_; }

  /// {} if there are no samples. Otherwise "kind" ("gpu" or "cpu"), "samples" and the values that
  /// are known: memory_max_bytes (GPU memory used by all processes; on CPUs, memory of this
  /// process), memory_total_bytes (of the GPU), process_max_bytes (GPU memory used by this
  /// process), temperature_max_c, power_mean_w, power_limit_w (the latest),
  /// utilisation_mean_percent, memory_utilisation_mean_percent, sm_clock_mean_mhz, throttled_share
  /// (the fraction of throttled samples), throttle_reasons (the fraction for each reason),
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
