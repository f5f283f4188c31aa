// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "telemetry/monitor/device_summary.h"
#include "telemetry/monitor/gpu_rules.h"
#include "telemetry/record.h"

namespace moneta {

struct DeviceMonitorSettings {
  std::size_t rank = 0;
  GpuExpectation expectation;
  double interval_s = 2;      ///< 0: no thread; only sample_now() takes samples
  double stop_timeout_s = 2;  ///< the destructor abandons a reading that takes longer
};

/// Samples the device of a rank in a thread of its own ("device_monitor"). All functions may be
/// called from any thread. Only sample_now() waits for the driver, and only the constructor throws.
class DeviceMonitor {
 public:
  using ReadGpu = std::function<GpuReading()>;  ///< empty: there is no GPU
  using ReadHost = std::function<HostReading()>;

  /// The functions are never called concurrently. Throws std::system_error if no thread can be
  /// started.
  DeviceMonitor(DeviceMonitorSettings settings, ReadGpu read_gpu, ReadHost read_host);
  DeviceMonitor(DeviceMonitor const&) = delete;
  DeviceMonitor& operator=(DeviceMonitor const&) = delete;
  ~DeviceMonitor();

  /// Takes a sample in the calling thread.
  void sample_now();

  /// The latest sample; nothing before the first one.
  std::optional<DeviceReading> latest() const;
  /// The DeviceSummary of the samples since the last call, or of the latest sample if there are
  /// none.
  Json take_summary();
  /// The events of GpuRules and `add_event` since the last call; at most the latest 256.
  std::vector<EventRecord> take_events();
  void add_event(EventRecord event);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// Makes a monitor of the machine (read_host) and, unless `gpu` is empty, of the GPU with this UUID
/// (NvmlCard). If NVML is not available, only the machine is sampled, and the first event is
/// "no_gpu_telemetry" (info). `nvml` is the name or path of the library.
std::unique_ptr<DeviceMonitor> monitor_device(DeviceMonitorSettings settings,
                                              std::string const& gpu,
                                              std::string const& nvml = "libnvidia-ml.so.1");

}  // namespace moneta
