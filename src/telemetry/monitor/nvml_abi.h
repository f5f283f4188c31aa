// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

/// The part of NVML's binary interface that Moneta calls, so that it builds without CUDA and runs
/// without a driver. NVIDIA keeps these signatures and numbers from driver to driver.
namespace moneta::nvml {

using Status = int;    // nvmlReturn_t
using Device = void*;  // nvmlDevice_t
inline constexpr Status success = 0;
inline constexpr Status not_supported = 3;
inline constexpr Status insufficient_size = 7;
inline constexpr Status gpu_is_lost = 15;
inline constexpr Status reset_required = 16;

inline constexpr int temperature_of_gpu = 0;     // NVML_TEMPERATURE_GPU
inline constexpr int threshold_of_slowdown = 1;  // NVML_TEMPERATURE_THRESHOLD_SLOWDOWN
inline constexpr int clock_of_sm = 1;            // NVML_CLOCK_SM

struct Memory {  // nvmlMemory_t
  unsigned long long total, free, used;
};
struct Utilization {  // nvmlUtilization_t
  unsigned gpu, memory;
};

/// A process of a list. Drivers disagree on what comes after, 0, 8 or 16 more bytes, without a new
/// name for the function: 16 in the first ones of release 535.
struct ProcessHead {  // nvmlProcessInfo_v1_t
  unsigned pid;
  unsigned long long bytes;
};
inline constexpr std::size_t process_sizes[] = {16, 24, 32};
inline constexpr unsigned long long not_available = ~0ULL;  // NVML_VALUE_NOT_AVAILABLE

static_assert(sizeof(Memory) == 24 && sizeof(Utilization) == 8);
static_assert(sizeof(ProcessHead) == 16 && offsetof(ProcessHead, bytes) == 8);

using Init = Status (*)();      // nvmlInit_v2
using Shutdown = Status (*)();  // nvmlShutdown
using ErrorString = char const* (*)(Status);
using HandleByUuid = Status (*)(char const*, Device*);
using MemoryInfo = Status (*)(Device, Memory*);
/// nvmlDeviceGetTemperature, nvmlDeviceGetTemperatureThreshold, nvmlDeviceGetClockInfo.
using NumberOfKind = Status (*)(Device, int, unsigned*);
/// nvmlDeviceGetPowerUsage and nvmlDeviceGetEnforcedPowerLimit, in milliwatts.
using Number = Status (*)(Device, unsigned*);
using UtilizationRates = Status (*)(Device, Utilization*);
/// nvmlDeviceGetCurrentClocksThrottleReasons, later ...EventReasons.
using ThrottleReasons = Status (*)(Device, unsigned long long*);
/// nvmlDeviceGetComputeRunningProcesses: takes the room in the array, gives the number of entries.
using Processes = Status (*)(Device, unsigned*, void*);

/// The bits of ThrottleReasons.
struct ReasonBit {
  unsigned long long bit;
  char const* word;
};
inline constexpr ReasonBit reason_bits[] = {
    {0x001, "idle"},        {0x002, "applications_clocks"}, {0x004, "power_cap"},
    {0x008, "hw_slowdown"}, {0x010, "sync_boost"},          {0x020, "thermal"},
    {0x040, "hw_thermal"},  {0x080, "hw_power_brake"},      {0x100, "display_clocks"},
};

}  // namespace moneta::nvml
