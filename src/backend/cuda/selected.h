// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>

#include "backend/cuda/check.h"
#include "base/error.h"

namespace moneta::cuda {

/// Throws Error (device) if the GPU does not exist.
void require_gpu(std::size_t number);

/// Selects the GPU for the calling thread; declare it before the members that allocate.
struct Selected {
  explicit Selected(std::size_t number) {
    MONETA_CUDA(cudaSetDevice(static_cast<int>(number)), fmt::format("GPU {}", number));
    MONETA_CUDA(cudaGetDeviceProperties(&properties, static_cast<int>(number)));
  }
  cudaDeviceProp properties{};
};

}  // namespace moneta::cuda
