// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "telemetry/monitor/throttle_reason.h"

namespace moneta {

/// The state of a GPU at one moment. Members that the GPU or its driver does not support are empty.
struct GpuReading {
  std::optional<std::uint64_t> memory_used_bytes, memory_total_bytes;  ///< by all processes
  std::optional<std::uint64_t> process_bytes;                          ///< by this process
  std::optional<double> temperature_c;
  std::optional<double> slowdown_c;  ///< the temperature at which the GPU lowers its clocks
  std::optional<double> power_w, power_limit_w;
  std::optional<double> utilisation_percent;         ///< of the time, while a kernel ran
  std::optional<double> memory_utilisation_percent;  ///< of the time, while its memory was in use
  std::optional<double> sm_clock_mhz;
  std::optional<std::vector<std::string>> throttle_reasons;  ///< names in throttle_reason.h
  std::optional<std::size_t> other_processes;  ///< processes besides this one that use the GPU
  std::optional<std::uint64_t> other_bytes;    ///< the memory that they use
  std::optional<std::string> lost;  ///< why the GPU no longer responds; all others are empty then
};

/// An object whose keys are the member names, without the members that are empty.
Json to_json(GpuReading const& reading);

}  // namespace moneta
