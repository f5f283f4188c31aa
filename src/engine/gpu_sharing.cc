// SPDX-License-Identifier: Apache-2.0
#include "engine/gpu_sharing.h"

#include <algorithm>

namespace moneta {

std::size_t ranks_on_gpu_of(std::size_t rank, RankGpus const& gpus) {
  return static_cast<std::size_t>(std::count(gpus.begin(), gpus.end(), gpus[rank]));
}

std::size_t ranks_that_share(RankGpus const& gpus) {
  std::size_t sharing = 0;
  for (std::size_t rank = 0; rank < gpus.size(); ++rank) {
    if (!gpus[rank].empty() && ranks_on_gpu_of(rank, gpus) > 1) ++sharing;
  }
  return sharing;
}

bool can_all_reduce_between_gpus(RankGpus const& members) {
  bool const all_have_gpus = std::none_of(members.begin(), members.end(),
                                          [](std::string const& gpu) { return gpu.empty(); });
  return members.size() > 1 && all_have_gpus && ranks_that_share(members) == 0;
}

}  // namespace moneta
