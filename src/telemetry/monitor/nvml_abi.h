// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

/// The part of the binary interface of NVML that Moneta calls. With it, Moneta builds without CUDA
/// and runs without a driver. These signatures and numbers are the same in all drivers.
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
/// Drivers since release 510 have it. Its `used` does not contain what the driver reserves for
/// itself, hundreds of MiB that CUDA does not count as memory of the device.
struct MemoryV2 {  // nvmlMemory_v2_t
  unsigned version;
  unsigned long long total, reserved, free, used;
};
struct Utilization {  // nvmlUtilization_t
  unsigned gpu, memory;
};

/// The first members of an entry in a process list. Depending on the driver, 0, 8 or 16 more bytes
/// follow, although the function has the same name (16 bytes in early 535 releases).
struct ProcessHead {  // nvmlProcessInfo_v1_t
  unsigned pid;
  unsigned long long bytes;
};
inline constexpr std::size_t process_sizes[] = {16, 24, 32};
inline constexpr unsigned long long not_available = ~0ULL;  // NVML_VALUE_NOT_AVAILABLE

static_assert(sizeof(Memory) == 24 && sizeof(MemoryV2) == 40 && sizeof(Utilization) == 8);
inline constexpr unsigned memory_v2 = sizeof(MemoryV2) | 2U << 24;  // nvmlMemory_v2
static_assert(sizeof(ProcessHead) == 16 && offsetof(ProcessHead, bytes) == 8);

using Init = Status (*)();      // nvmlInit_v2
using Shutdown = Status (*)();  // nvmlShutdown
using ErrorString = char const* (*)(Status);
using HandleByUuid = Status (*)(char const*, Device*);
using MemoryInfo = Status (*)(Device, Memory*);
using MemoryInfoV2 = Status (*)(Device, MemoryV2*);  // nvmlDeviceGetMemoryInfo_v2
/// nvmlDeviceGetTemperature, nvmlDeviceGetTemperatureThreshold, nvmlDeviceGetClockInfo.
using NumberOfKind = Status (*)(Device, int, unsigned*);
/// nvmlDeviceGetPowerUsage and nvmlDeviceGetEnforcedPowerLimit, in milliwatts.
using Number = Status (*)(Device, unsigned*);
using UtilizationRates = Status (*)(Device, Utilization*);
/// nvmlDeviceGetCurrentClocksThrottleReasons, later ...EventReasons.
using ThrottleReasons = Status (*)(Device, unsigned long long*);
/// nvmlDeviceGetComputeRunningProcesses: the number is the capacity of the array before the call
/// and the number of entries after it.
using Processes = Status (*)(Device, unsigned*, void*);

}  // namespace moneta::nvml
