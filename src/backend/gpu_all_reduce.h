// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
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

/// Longest time that members wait for each other to join their team.
inline constexpr std::chrono::milliseconds gpu_team_deadline = std::chrono::minutes(5);

/// All-reduces arrays of `count` floats between GPUs with NCCL, on a stream of its own. Every
/// member of the team must call this, and waits for the others; their GPUs must differ. `backend`
/// must come from make_cuda_backend and outlive the result. While the setup or a sum waits, it
/// calls `idle` every 100 ms. NCCL allocates its device memory here; backend.memory_use() includes
/// it from then on. The sum of two members does not depend on its parts; with more, NCCL's order of
/// summation depends on the size of a part, so the same parts give the same bits.
///
/// Throws Error (device), possibly on one member only; also if the members have not found each
/// other within `deadline`. The others may then wait forever in a sum, so the job must end.
std::unique_ptr<GradientAllReduce> make_gpu_all_reduce(
    Backend& backend, GpuTeamMember const& member, std::size_t count,
    std::function<void()> idle = [] {}, std::chrono::milliseconds deadline = gpu_team_deadline);

}  // namespace moneta
