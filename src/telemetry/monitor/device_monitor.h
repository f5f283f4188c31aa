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
  double every_s = 2;     ///< 0: no thread; only sample_now() samples
  double patience_s = 2;  ///< the destructor leaves a reading that hangs to itself after this
};

/// Samples what a rank computes on in a thread of its own, from the start on. Safe from any thread;
/// no call but sample_now() waits for the driver, and none throws once it is made.
class DeviceMonitor {
 public:
  using ReadGpu = std::function<GpuReading()>;    ///< empty: there is no GPU
  using ReadHost = std::function<HostReading()>;  ///< both: one call at a time

  /// Throws std::system_error if there can be no thread.
  DeviceMonitor(DeviceMonitorSettings settings, ReadGpu read_gpu, ReadHost read_host);
  DeviceMonitor(DeviceMonitor const&) = delete;
  DeviceMonitor& operator=(DeviceMonitor const&) = delete;
  ~DeviceMonitor();

  /// Takes a sample here and now.
  void sample_now();

  /// The newest sample; none before the first.
  std::optional<DeviceReading> latest() const;
  /// DeviceSummary of the samples since the last call, or of the newest if there was none since.
  Json take_summary();
  /// What the rules of GpuRules told since the last call, for the rank to post.
  std::vector<EventRecord> take_events();
  /// Adds an event to those.
  void add_event(EventRecord event);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// A monitor of the machine and, unless `gpu` is empty, of the GPU with that UUID, with the
/// readings of NvmlCard and read_host(). Where NVML is not to be had, the first event says so
/// (info, "no_gpu_telemetry") and the machine alone is sampled. `nvml` is the library's name or
/// path.
std::unique_ptr<DeviceMonitor> monitor_device(DeviceMonitorSettings settings,
                                              std::string const& gpu,
                                              std::string const& nvml = "libnvidia-ml.so.1");

}  // namespace moneta
