// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "backend/backend.h"

namespace moneta {

/// A GPU of this machine.
struct GpuInfo {
  std::size_t ordinal = 0;  ///< its number in CUDA
  std::string name;
  int major = 0, minor = 0;  ///< compute capability
  std::size_t multiprocessors = 0;
};

/// Why this program has no code for the GPU; empty if it does. Compute capability 8.0 (A100, RTX
/// 30) or newer is required.
std::string why_unusable(GpuInfo const& gpu);

/// The GPUs that this process can compute on.
struct GpuCount {
  std::size_t count = 0;  ///< of `usable`
  /// If count is 0: "this build has no CUDA", "no NVIDIA driver is installed (...)", or why each
  /// GPU is unusable.
  std::string why_none;
  /// The GPUs 0 to count - 1 of the functions below. GPUs that are too old have no number here.
  std::vector<GpuInfo> usable;
  std::vector<std::string> unusable = {};  ///< messages: the other GPUs, each with why_unusable
};
GpuCount count_gpus();

/// The usable ones of the GPUs of a machine.
GpuCount usable_gpus(std::vector<GpuInfo> const& all);

/// The UUID of GPU `number`, in the form that nvidia-smi prints. Two processes with the same UUID
/// share a GPU, whatever their host names and GPU numbers. Throws Error (device) if the GPU does
/// not exist.
std::string gpu_identity(std::size_t number);

/// Sets an environment variable that makes cuBLAS, which cuDNN may use, sum in the same order in
/// every run; a value that the user has set stays. cuBLAS reads it when it starts. Call this in
/// `main` before other threads start, because they may read the environment at the same time.
void set_cuda_environment();

/// The backend for GPU `number`, 0 to count_gpus().count - 1. Its calls are queued on streams of
/// its own. Throws Error (device) if the GPU does not exist or cannot be used.
std::unique_ptr<Backend> make_cuda_backend(std::size_t number);

}  // namespace moneta
