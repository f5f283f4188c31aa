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
  std::string
      why_none;  ///< if count is 0: "this build has no CUDA", "no driver is installed (...)"
};
GpuCount count_gpus();

/// The UUID of GPU `number`, as nvidia-smi writes it. Two processes that find the same one compute
/// on the same GPU, on whatever machines and whatever numbers they call it by. Throws Error
/// (device) if there is no such GPU.
std::string gpu_identity(std::size_t number);

/// The backend that computes on GPU `number`, 0 to count_gpus().count - 1. Its calls are queued on
/// a stream of its own. Throws Error (device) if there is no such GPU or it cannot be used.
std::unique_ptr<Backend> make_cuda_backend(std::size_t number);

}  // namespace moneta
