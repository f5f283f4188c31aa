// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>

#include "backend/cuda/check.h"
#include "base/error.h"

namespace moneta::cuda {

/// Throws Error (device), saying what there is, if there is no such GPU.
void require_gpu(std::size_t number);

/// Makes the GPU the current one of the calling thread before anything is allocated on it.
struct Selected {
  explicit Selected(std::size_t number) {
    MONETA_CUDA(cudaSetDevice(static_cast<int>(number)), fmt::format("GPU {}", number));
    MONETA_CUDA(cudaGetDeviceProperties(&properties, static_cast<int>(number)));
  }
  cudaDeviceProp properties{};
};

}  // namespace moneta::cuda
