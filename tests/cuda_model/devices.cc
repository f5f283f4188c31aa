// SPDX-License-Identifier: Apache-2.0
#include "cuda_model/devices.h"

#include <fmt/format.h>
#include <pthread.h>

#include <array>
#include <atomic>
#include <cstring>

#include "cuda_model/device_use.h"
#include "cuda_model/settings.h"

namespace cuda_model {
namespace {

/// What NVIDIA publishes of one product of each compute capability (CUDA_MODEL_CAPABILITY, 9.0 by
/// default): streaming multiprocessors, boost clock, memory bus and clock, and level 2 cache.
struct Product {
  int capability;  // times ten
  char const* name;
  int multiprocessors;
  int clock_khz;
  int memory_bus_bits;
  int memory_clock_khz;  // two transfers per cycle
  int cache_kib;
};
constexpr std::array products{
    Product{75, "GeForce RTX 2080 Ti", 68, 1'545'000, 352, 7'000'000, 5632},
    Product{80, "A100-SXM4-80GB", 108, 1'410'000, 5120, 1'593'000, 40960},
    Product{86, "GeForce RTX 3080 Ti", 80, 1'665'000, 384, 9'501'000, 6144},
    Product{89, "GeForce RTX 4090", 128, 2'520'000, 384, 10'501'000, 73728},
    Product{90, "H100 80GB HBM3", 132, 1'980'000, 5120, 2'619'000, 51200},
    Product{100, "B200", 148, 1'965'000, 8192, 3'996'000, 129024},
    Product{120, "GeForce RTX 5090", 170, 2'407'000, 512, 14'001'000, 98304},
};

Product const& find_product() {
  std::string const text = text_setting("CUDA_MODEL_CAPABILITY");
  std::string known;
  for (Product const& each : products) {
    std::string const name = fmt::format("{}.{}", each.capability / 10, each.capability % 10);
    if (name == (text.empty() ? "9.0" : text)) return each;
    known += " " + name;
  }
  misuse("CUDA_MODEL_CAPABILITY", fmt::format("'{}' is not one of{}", text, known));
}

Product const& product() {
  static Product const& found = find_product();
  return found;
}

std::array<bool, most_devices> is_open{};
std::array<std::atomic<cudaError_t>, most_devices> sticky{};
std::atomic<bool> was_forked = false;

thread_local int selected = 0;
thread_local cudaError_t latest = cudaSuccess;

}  // namespace

std::size_t device_count() {
  static std::size_t const number = setting("CUDA_MODEL_DEVICES", 1);
  if (number > most_devices)
    misuse("CUDA_MODEL_DEVICES", fmt::format("more than {}", most_devices));
  return number;
}

int driver_version() {
  return static_cast<int>(setting("CUDA_MODEL_DRIVER_VERSION", CUDART_VERSION));
}
int runtime_version() {
  return static_cast<int>(setting("CUDA_MODEL_RUNTIME_VERSION", CUDART_VERSION));
}

cudaError_t driver_status() {
  // Drivers run all runtimes of their major version, and older ones.
  if (driver_version() / 1000 < runtime_version() / 1000) return cudaErrorInsufficientDriver;
  return device_count() == 0 ? cudaErrorNoDevice : cudaSuccess;
}

int current_device() { return selected; }
int capability() { return product().capability; }
int memory_clock_rate() { return product().memory_clock_khz; }
int clock_rate() { return product().clock_khz; }
bool is_forked() { return was_forked; }

cudaError_t select_device(int device) {
  if (device < 0 || static_cast<std::size_t>(device) >= device_count()) {
    return cudaErrorInvalidDevice;
  }
  selected = device;
  return open_current_device();
}

cudaError_t open_current_device() {
  cudaError_t const status = driver_status();
  bool& open = is_open.at(static_cast<std::size_t>(selected));
  if (status != cudaSuccess || open) return status;
  if (!take_context(selected)) return cudaErrorMemoryAllocation;
  open = true;
  static int const handler = pthread_atfork(nullptr, nullptr, [] { was_forked = true; });
  return handler == 0 ? cudaSuccess : cudaErrorUnknown;
}

cudaError_t sticky_error(int device) { return sticky.at(static_cast<std::size_t>(device)); }
void set_sticky_error(int device, cudaError_t error) {
  sticky.at(static_cast<std::size_t>(device)) = error;
}

cudaError_t remember_error(cudaError_t error) {
  if (error != cudaSuccess) latest = error;
  return error;
}
cudaError_t last_error() {
  cudaError_t const of_device = sticky_error(selected);
  return of_device == cudaSuccess ? latest : of_device;
}
void clear_last_error() { latest = cudaSuccess; }

cudaDeviceProp properties_of(int device) {
  cudaDeviceProp properties{};
  std::string const name = fmt::format("CUDA model of {}", product().name);
  std::strncpy(properties.name, name.c_str(), sizeof properties.name - 1);
  for (char& byte : properties.uuid.bytes) {
    byte = static_cast<char>(&byte - properties.uuid.bytes + 16 * (device + 1));
  }
  properties.major = capability() / 10;
  properties.minor = capability() % 10;
  properties.totalGlobalMem = total_bytes();
  properties.multiProcessorCount = product().multiprocessors;
  properties.memoryBusWidth = product().memory_bus_bits;
  properties.l2CacheSize = product().cache_kib << 10;
  properties.warpSize = 32;
  properties.maxThreadsPerBlock = 1024;
  properties.sharedMemPerBlock = std::size_t{48} << 10;
  properties.regsPerBlock = 65536;
  for (int const axis : {0, 1, 2}) {
    properties.maxThreadsDim[axis] = axis == 2 ? 64 : 1024;
    properties.maxGridSize[axis] = axis == 0 ? 0x7fffffff : 65535;
  }
  properties.concurrentKernels = 1;
  properties.asyncEngineCount = 2;
  properties.unifiedAddressing = 1;
  properties.pciBusID = device + 1;
  return properties;
}

}  // namespace cuda_model
