// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "backend/backend.h"
#include "backend/gradient_all_reduce.h"

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

/// What the members of a team of GPUs find each other by.
using GpuTeamId = std::array<std::byte, 128>;

/// One member makes it and tells the others. Throws Error (device) if NCCL cannot start.
GpuTeamId make_gpu_team_id();

/// A member of a team of GPUs.
struct GpuTeamMember {
  GpuTeamId id{};
  std::size_t size = 1, index = 0;
};

/// Sums arrays of `count` floats from GPU to GPU with NCCL. Every member calls it, and waits for
/// the others; their GPUs must differ. `backend` is one of make_cuda_backend and must outlive the
/// sum. `idle` is called again and again while a sum waits. What NCCL takes of the device's memory
/// it takes here, and backend.memory_use() tells it from then on. Throws Error (device), perhaps on
/// one member alone: the others then wait for ever, so the job must end.
std::unique_ptr<GradientAllReduce> make_gpu_all_reduce(
    Backend& backend, GpuTeamMember const& place, std::size_t count,
    std::function<void()> idle = [] {});

}  // namespace moneta
