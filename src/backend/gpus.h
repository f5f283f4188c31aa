// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "backend/backend.h"

namespace moneta {

/// The GPUs that this process can compute on.
struct GpuCount {
  std::size_t count = 0;
  /// If count is 0: "this build has no CUDA", "no NVIDIA driver is installed (...)".
  std::string why_none;
};
GpuCount count_gpus();

/// The UUID of GPU `number`, in the form that nvidia-smi prints. Two processes with the same UUID
/// share a GPU, whatever their host names and GPU numbers. Throws Error (device) if the GPU does
/// not exist.
std::string gpu_identity(std::size_t number);

/// The backend for GPU `number`, 0 to count_gpus().count - 1. Its calls are queued on a stream of
/// its own. Throws Error (device) if the GPU does not exist or cannot be used.
std::unique_ptr<Backend> make_cuda_backend(std::size_t number);

}  // namespace moneta
