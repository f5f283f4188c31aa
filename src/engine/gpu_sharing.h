// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace moneta {

/// The gpu_identity of the GPU of each rank, in order of rank; empty for a rank that computes on
/// the CPU.
using RankGpus = std::vector<std::string>;

/// The number of ranks that use the same GPU as `rank`, including itself.
std::size_t ranks_on_gpu_of(std::size_t rank, RankGpus const& gpus);

/// The number of ranks whose GPU is used by another rank as well.
std::size_t ranks_that_share(RankGpus const& gpus);

/// Where a team sums gradients: in host memory, always in the same order, or with NCCL, whose order
/// depends on its version.
enum class TeamSum { in_host_memory, between_gpus };

/// Whether the members of a team can sum with NCCL: there are at least two, and each has a GPU that
/// no other member uses.
bool can_all_reduce_between_gpus(RankGpus const& members);

}  // namespace moneta
