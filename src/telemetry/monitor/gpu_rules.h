// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "telemetry/monitor/gpu_reading.h"
#include "telemetry/monitor/hysteresis.h"
#include "telemetry/record.h"

namespace moneta {

/// The state of the GPU that a rank expects.
struct GpuExpectation {
  std::optional<double> power_limit_w;              ///< device.expected_power_limit_w
  std::optional<std::uint64_t> memory_limit_bytes;  ///< the rank's limit; none: the whole GPU
  std::size_t ranks_on_gpu = 1;                     ///< these ranks are not foreign processes
  double hot_c = 87;  ///< the limit for GPUs that do not report their slowdown temperature
};

/// The rules that turn the readings of a rank's GPU into events. They count samples and never read
/// a clock. Each state is reported once when it begins, and once when it ends (info, "recovered",
/// with "from" in the details):
/// - "throttled": a throttle reason in 3 samples in a row; ends after 30 samples without it.
///   "power_cap" alone is expected with a lowered power limit and is reported only once (info).
/// - "hot": the slowdown temperature of the GPU, or hot_c; ends 5 degrees below.
/// - "memory_near_limit": 98 % of the memory limit of the rank; ends at 95 %. Counts the
///   memory used by all processes, or, if several ranks share the GPU, by this process.
/// - "other_process": more processes than ranks in 2 samples in a row; ends after 3 without.
/// - "gpu_lost" (error): no response in 2 samples in a row; ends after 3 with a response.
/// - "power_limit": more than 1 W from the expected limit; reported once.
class GpuRules {
 public:
  GpuRules(std::size_t rank, GpuExpectation expectation);

  /// Checks the next sample and returns the events of the states that begin or end with it.
  std::vector<EventRecord> check(GpuReading const& reading);

 private:
  using Events = std::vector<EventRecord>;

  void check_lost(GpuReading const& reading, Events& events);
  void check_throttling(GpuReading const& reading, Events& events);
  void check_temperature(GpuReading const& reading, Events& events);
  void check_memory(GpuReading const& reading, Events& events);
  void check_processes(GpuReading const& reading, Events& events);
  void check_power_limit(GpuReading const& reading, Events& events);
  void add_throttled(Events& events, std::vector<std::string> const& began,
                     GpuReading const& reading) const;
  void add_recovered(Events& events, Event from, std::string message,
                     GpuReading const& reading) const;
  /// Completes the event with the rank and the reading.
  void add(Events& events, EventRecord event, GpuReading const& reading) const;

  std::size_t rank_;
  GpuExpectation expectation_;
  std::map<std::string, Hysteresis, std::less<>> throttling_;  // by reason
  Hysteresis hot_, memory_, process_, lost_;
  bool power_cap_is_reported_ = false, power_limit_is_reported_ = false;
};

}  // namespace moneta
