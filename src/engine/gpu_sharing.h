// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace moneta {

/// The GPU that each of some ranks computes on: gpu_identity, empty for a rank that computes on the
/// CPU.
using RankGpus = std::vector<std::string>;

/// How many of the ranks compute on the GPU of this one, itself included.
std::size_t ranks_on_gpu_of(std::size_t rank, RankGpus const& gpus);

/// How many of the ranks share their GPU with another.
std::size_t ranks_that_share(RankGpus const& gpus);

/// Whether every member of a team has a GPU and none shares it with another member, as NCCL wants;
/// false for one member alone, who has nobody to sum with.
bool can_all_reduce_between_gpus(RankGpus const& members);

}  // namespace moneta
