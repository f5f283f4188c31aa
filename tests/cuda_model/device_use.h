// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <vector>

/// How much of its memory each device has left.
namespace cuda_model {

/// What this process uses of a device.
struct DeviceUse {
  std::size_t requested_bytes = 0, requested_peak_bytes = 0;  ///< of cudaMalloc, as asked for
  std::size_t reserved_bytes = 0, reserved_peak_bytes = 0;    ///< of cudaMalloc, in granules
  std::size_t library_bytes = 0;                              ///< see take_library_memory
  std::size_t context_bytes = 0;                              ///< taken by the first use
};

/// How cudaMalloc takes memory from the device. The real one maps granules of 2 MiB
/// (CUDA_MODEL_GRANULARITY_BYTES): an allocation of more than half a granule takes whole granules,
/// and smaller ones, rounded up to 512 bytes, share granules; a granule is free again when all of
/// its allocations are. Positions within a shared granule are not modeled: it holds what fits by
/// size.
class Granules {
 public:
  /// Takes an allocation; returns false, without effect, if the device does not have enough.
  bool take(int device, std::size_t bytes, std::size_t& granule);
  void release(int device, std::size_t bytes, std::size_t granule);

 private:
  struct Shared {
    int device;
    std::size_t used_bytes;
  };
  std::vector<Shared> shared_;
};

/// Takes the memory of the context when a process first uses a device (CUDA_MODEL_CONTEXT_MIB, 300
/// by default). Returns false if the device does not have enough.
bool take_context(int device);

/// What cudaMemGetInfo returns: what no process uses. Processes know of each other if they have the
/// same file in CUDA_MODEL_SHARED; what a dead process used is free.
std::size_t free_bytes(int device);
/// CUDA_MODEL_MEMORY_MIB, 8192 by default.
std::size_t total_bytes();

std::vector<DeviceUse> device_uses();

}  // namespace cuda_model
