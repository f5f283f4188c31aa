// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace moneta {

/// What a GPU says of itself at one moment. Nothing where the card or its driver does not say.
struct GpuReading {
  std::optional<std::uint64_t> memory_used_bytes, memory_total_bytes;  ///< of the card, by all
  std::optional<std::uint64_t> process_bytes;                          ///< on the card, by us
  std::optional<double> temperature_c;
  std::optional<double> slowdown_c;  ///< from there on the card lowers its clocks
  std::optional<double> power_w, power_limit_w;
  std::optional<double> utilisation_percent;         ///< of the time a kernel ran
  std::optional<double> memory_utilisation_percent;  ///< of the time its memory was in use
  std::optional<double> sm_clock_mhz;
  /// Why the clocks are below their highest: "power_cap", "thermal", "hw_slowdown", "hw_thermal",
  /// "hw_power_brake", "sync_boost", "idle", "applications_clocks", "display_clocks", "other".
  std::optional<std::vector<std::string>> throttle_reasons;
  std::optional<std::size_t> other_processes;  ///< that compute on the card, besides this one
  std::optional<std::uint64_t> other_bytes;    ///< what they have there
  /// The card no longer answers, and why; everything else is nothing then.
  std::optional<std::string> lost;
};

/// Whether a throttle reason means that the card is kept from going faster, rather than that it has
/// nothing to do or was set to a lower clock.
bool is_throttling(std::string_view reason);

/// Keys are the member names; what is not known has no key. The way back takes any of the keys, and
/// throws Error (internal) for what is no such reading.
Json to_json(GpuReading const& reading);
GpuReading gpu_reading_from(Json const& json);

}  // namespace moneta
