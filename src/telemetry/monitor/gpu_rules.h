// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "telemetry/monitor/gpu_reading.h"
#include "telemetry/monitor/hysteresis.h"
#include "telemetry/record.h"

namespace moneta {

/// What a rank expects of its GPU.
struct GpuExpectation {
  std::optional<double> power_limit_w;  ///< device.expected_power_limit_w
  std::optional<std::uint64_t>
      memory_limit_bytes;         ///< what the rank may use; none, or more: all of the card
  std::size_t ranks_on_card = 1;  ///< the other ranks are no foreign processes
  double hot_c = 87;  ///< where the card does not tell at what temperature it slows down
};

/// The rules that watch one rank's GPU. They know no clock: a sample is a sample. Each tells once
/// that something begins, and once (info, "recovered", details "from") that it is over:
/// - "throttled": a reason for lower clocks in 3 samples in a row; over after 30 without one.
///   "power_cap" alone, which a lower power limit brings about on purpose, is told once (info).
/// - "hot": at the temperature where the card slows down, or hot_c; over 5 degrees below.
/// - "memory_near_limit": 98 % of what the rank may use; over at 95 %. Counts the whole card's
///   memory in use, or, with other ranks on the card, this process's.
/// - "other_process": more processes than ranks, 2 samples in a row; over after 3 without.
/// - "gpu_lost" (error): no answer, 2 samples in a row; over after 3 with one.
/// - "power_limit": more than 1 W from the expected one; once.
class GpuRules {
 public:
  GpuRules(std::size_t rank, GpuExpectation expectation);

  std::vector<EventRecord> see(GpuReading const& reading);

 private:
  using Events = std::vector<EventRecord>;

  void watch_lost(GpuReading const& reading, Events& events);
  void watch_throttling(GpuReading const& reading, Events& events);
  void watch_temperature(GpuReading const& reading, Events& events);
  void watch_memory(GpuReading const& reading, Events& events);
  void watch_processes(GpuReading const& reading, Events& events);
  void watch_power_limit(GpuReading const& reading, Events& events);
  /// Adds the event, with the reading and `details` as details.
  void tell(Events& events, Severity severity, std::string action, std::string message,
            GpuReading const& reading, Json details);
  void tell_recovered(Events& events, std::string const& from, std::string message,
                      GpuReading const& reading);

  std::size_t rank_;
  GpuExpectation expectation_;
  std::map<std::string, Hysteresis> throttling_;  // by reason
  Hysteresis hot_, memory_, process_, lost_;
  bool power_cap_is_told_ = false, power_limit_is_told_ = false;
};

/// Whether an event is one of those about GPUs, what `gpu` in alert.events stands for: the actions
/// above but "recovered", and of them no infos.
bool is_gpu_trouble(EventRecord const& event);

}  // namespace moneta
