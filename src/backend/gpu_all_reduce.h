// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

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

/// Longest time that members wait for each other to join their team, and again for each of their
/// first sums.
inline constexpr std::chrono::milliseconds gpu_team_deadline = std::chrono::minutes(5);

/// All-reduces arrays between GPUs with NCCL, on a stream of its own. Every member of the team must
/// call this, and waits for the others; their GPUs must differ. `backend` must come from
/// make_cuda_backend and outlive the result. While the setup or a sum waits, it calls `idle` every
/// 100 ms.
///
/// An array consists of `parts`, in the order in which they are begun. Each of them is summed once
/// here: NCCL connects the members, loads its code, and allocates device memory for an algorithm
/// when the size of a part first selects it. backend.memory_use() includes this memory from then
/// on. The sum of two members does not depend on the parts; with more, NCCL's order of summation
/// depends on the size of a part, so the same parts give the same bits.
///
/// Throws OutOfMemory if this member does not have memory for one array, and Error (device),
/// possibly on one member only; also if the members have not found each other or finished their
/// first sums within `deadline`. The others may then wait until theirs has passed, so the job must
/// end.
std::unique_ptr<GradientAllReduce> make_gpu_all_reduce(
    Backend& backend, GpuTeamMember const& member, std::vector<GradientPart> const& parts,
    std::function<void()> idle = [] {}, std::chrono::milliseconds deadline = gpu_team_deadline);

}  // namespace moneta
