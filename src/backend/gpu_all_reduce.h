// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <memory>

#include "backend/backend.h"
#include "backend/gradient_all_reduce.h"

namespace moneta {

/// Identifies a team of GPUs; its members find each other by it.
using GpuTeamId = std::array<std::byte, 128>;

/// One member creates the id and sends it to the others. Throws Error (device) if NCCL cannot
/// start.
GpuTeamId make_gpu_team_id();

/// A member of a team of GPUs.
struct GpuTeamMember {
  GpuTeamId id{};
  std::size_t size = 1, index = 0;
};

/// All-reduces arrays of `count` floats between GPUs with NCCL. Every member of the team must call
/// this, and waits for the others; their GPUs must differ. `backend` must come from
/// make_cuda_backend and outlive the result. While a sum waits, it calls `idle` repeatedly. NCCL
/// allocates its device memory here; backend.memory_use() includes it from then on.
///
/// Throws Error (device), possibly on one member only. The others then wait forever, so the job
/// must end.
std::unique_ptr<GradientAllReduce> make_gpu_all_reduce(
    Backend& backend, GpuTeamMember const& member, std::size_t count,
    std::function<void()> idle = [] {});

}  // namespace moneta
