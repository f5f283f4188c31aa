// SPDX-License-Identifier: Apache-2.0
// A replacement for libnvidia-ml.so.1. With FAKE_NVML_OTHER, functions that were renamed in some
// driver have their other name, and the second version of the memory call is missing.
#include "telemetry/monitor/fake_nvml.h"

#include <cstring>
#include <string>

#include "telemetry/monitor/nvml_abi.h"

namespace {

using moneta::FakeNvml;
using moneta::nvml::Device;
using moneta::nvml::Status;

FakeNvml state;
char a_device;

/// The status of a reading of the only device.
Status status_of(Device device, Status reading) {
  if (device != &a_device) return 2;  // invalid argument
  return state.every_reading != FakeNvml::supported ? state.every_reading : reading;
}

template <class Value>
Status give(Device device, Status reading, Value value, Value* into) {
  Status const status = status_of(device, reading);
  if (status == moneta::nvml::success) *into = value;
  return status;
}

Status list_processes(Device device, unsigned* count, void* into) {
  Status const status = status_of(device, state.process_list);
  if (status != moneta::nvml::success) return status;
  unsigned const room = *count;
  *count = state.process_count;
  if (state.process_count > room) return moneta::nvml::insufficient_size;
  for (unsigned i = 0; i < state.process_count; ++i) {
    char* const entry = static_cast<char*>(into) + i * state.process_size;
    std::memset(entry, 0, state.process_size);
    if (state.process_size > 16) std::memset(entry + 16, 0xFF, 8);  // not a MIG instance
    moneta::nvml::ProcessHead const head{state.processes[i].pid, state.processes[i].bytes};
    std::memcpy(entry, &head.pid, sizeof head.pid);
    std::memcpy(entry + 8, &head.bytes, sizeof head.bytes);
  }
  return moneta::nvml::success;
}

}  // namespace

extern "C" {

FakeNvml* fake_nvml() { return &state; }

Status nvmlInit_v2() {
  if (state.init == FakeNvml::supported) ++state.users;
  return state.init;
}
Status nvmlShutdown() {
  --state.users;
  return moneta::nvml::success;
}
char const* nvmlErrorString(Status status) {
  if (status == FakeNvml::lost) return "GPU is lost";
  if (status == 6) return "Not Found";
  return status == 9 ? "Driver Not Loaded" : "Unknown Error";
}
Status nvmlDeviceGetHandleByUUID(char const* uuid, Device* device) {
  if (std::string(uuid) != FakeNvml::uuid) return 6;  // not found
  *device = &a_device;
  return moneta::nvml::success;
}
Status nvmlDeviceGetMemoryInfo(Device device, moneta::nvml::Memory* into) {
  unsigned long long const used = state.memory_used + state.memory_reserved;
  return give(device, state.memory, {state.memory_total, state.memory_total - used, used}, into);
}
#ifndef FAKE_NVML_OTHER
Status nvmlDeviceGetMemoryInfo_v2(Device device, moneta::nvml::MemoryV2* into) {
  if (into->version != moneta::nvml::memory_v2) return 25;  // the versions do not match
  if (state.memory_v2 != FakeNvml::supported) return state.memory_v2;
  unsigned long long const free = state.memory_total - state.memory_used - state.memory_reserved;
  return give(device, state.memory,
              {into->version, state.memory_total, state.memory_reserved, free, state.memory_used},
              into);
}
#endif
Status nvmlDeviceGetTemperature(Device device, int sensor, unsigned* into) {
  return give(device, sensor == 0 ? state.temperature : 2, state.temperature_c, into);
}
Status nvmlDeviceGetTemperatureThreshold(Device device, int kind, unsigned* into) {
  return give(device, kind == 1 ? state.threshold : 2, state.slowdown_c, into);
}
Status nvmlDeviceGetPowerUsage(Device device, unsigned* into) {
  return give(device, state.power, state.power_mw, into);
}
Status nvmlDeviceGetEnforcedPowerLimit(Device device, unsigned* into) {
  return give(device, state.power_limit, state.power_limit_mw, into);
}
Status nvmlDeviceGetUtilizationRates(Device device, moneta::nvml::Utilization* into) {
  return give(device, state.utilisation,
              {state.utilisation_percent, state.memory_utilisation_percent}, into);
}
Status nvmlDeviceGetClockInfo(Device device, int clock, unsigned* into) {
  return give(device, clock == 1 ? state.clock : 2, state.sm_clock_mhz, into);
}
#ifdef FAKE_NVML_OTHER
Status nvmlDeviceGetCurrentClocksEventReasons(Device device, unsigned long long* into) {
  return give(device, state.reasons, state.reason_bits, into);
}
Status nvmlDeviceGetComputeRunningProcesses_v2(Device device, unsigned* count, void* into) {
  return list_processes(device, count, into);
}
#else
Status nvmlDeviceGetCurrentClocksThrottleReasons(Device device, unsigned long long* into) {
  return give(device, state.reasons, state.reason_bits, into);
}
Status nvmlDeviceGetComputeRunningProcesses_v3(Device device, unsigned* count, void* into) {
  return list_processes(device, count, into);
}
#endif
}
