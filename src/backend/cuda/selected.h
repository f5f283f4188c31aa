// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>

#include "backend/cuda/check.h"
#include "backend/gpus.h"
#include "base/error.h"

namespace moneta::cuda {

/// The GPU `number` of count_gpus(). Throws Error (device) if there is none.
GpuInfo require_gpu(std::size_t number);

/// Selects the GPU for the calling thread; declare it before the members that allocate. Threads
/// that wait for the GPU sleep instead of spinning, because other ranks and threads need the cores.
struct Selected {
  explicit Selected(std::size_t number)
      : gpu(require_gpu(number)), ordinal(static_cast<int>(gpu.ordinal)) {
    std::string const which = fmt::format("GPU {}", number);
    MONETA_CUDA(cudaSetDevice(ordinal), which);
    MONETA_CUDA(cudaSetDeviceFlags(cudaDeviceScheduleBlockingSync), which);
    MONETA_CUDA(cudaGetDeviceProperties(&properties, ordinal), which);
  }
  GpuInfo gpu;
  int ordinal;
  cudaDeviceProp properties{};
};

}  // namespace moneta::cuda
