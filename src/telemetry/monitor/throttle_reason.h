// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace moneta {

/// A reason why the clocks of a GPU are below their maximum, as NVML reports it.
struct ThrottleReason {
  unsigned long long bit;  ///< in NVML's mask
  std::string_view name;
  bool is_throttling;  ///< false: the GPU has no work, or was set to a lower clock
};

inline constexpr ThrottleReason throttle_reasons[] = {
    {0x001, "idle", false},          {0x002, "applications_clocks", false},
    {0x004, "power_cap", true},      {0x008, "hw_slowdown", true},
    {0x010, "sync_boost", true},     {0x020, "thermal", true},
    {0x040, "hw_thermal", true},     {0x080, "hw_power_brake", true},
    {0x100, "display_clocks", false}};

/// The name of all bits that are not in the table.
inline constexpr std::string_view other_throttle_reason = "other";

/// True if the reason with this name keeps the GPU from running faster; false for other names.
constexpr bool is_throttling(std::string_view name) {
  for (ThrottleReason const& reason : throttle_reasons) {
    if (reason.name == name) return reason.is_throttling;
  }
  return false;
}

}  // namespace moneta
