// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <limits>
#include <optional>
#include <vector>

#include "backend/device_facts.h"
#include "comm/placement.h"
#include "config/config.h"
#include "data/load_dataset.h"
#include "engine/gpu_sharing.h"
#include "plan/plan.h"

namespace moneta {

/// How many ranks, including the rank itself, share what it uses.
struct ResourceSharing {
  std::size_t ranks_on_node = 1;  ///< share the cores and the host memory
  std::size_t ranks_on_gpu = 1;   ///< share the GPU
  /// Of them, those whose libraries memory_use() of the device counts: all of them if it was
  /// measured when all had loaded their libraries, one if it was measured or modeled for this rank
  /// alone.
  std::size_t contexts = 1;
  TeamSum team_sum = TeamSum::in_host_memory;  ///< of the rank's team
};

/// Bounds of a plan besides the limits of the device: what other ranks can run, or what an earlier
/// start of the run used.
struct BatchLimits {
  std::size_t micro_batch = std::numeric_limits<std::size_t>::max();
  std::size_t evaluation_batch = std::numeric_limits<std::size_t>::max();
  std::optional<MemoryOptions> memory_options;  ///< if set, the only ones to be considered
  /// Bounds Plan::total_bytes - Plan::unchangeable_bytes.
  std::optional<std::size_t> variable_bytes;
  bool may_overlap_weight_gradients = true;  ///< if the device can and memory is left
};

/// The batch sizes that all ranks use. `plan_all_ranks` plans every rank within the given limits
/// and returns the smallest batches; the micro-batch is determined first, because the evaluation
/// batch depends on it.
BatchLimits common_batches(BatchLimits limits,
                           std::function<BatchLimits(BatchLimits const&)> const& plan_all_ranks);

/// The plan of a rank that trains `work`, whose coins are indices into `sizes`. Allocates nothing.
/// Throws as make_plan does.
Plan plan_rank(Config const& config, DeviceFacts const& device, Precision precision,
               std::vector<CoinSizes> const& sizes, RankWork const& work, ResourceSharing sharing,
               BatchLimits const& limits = {});

}  // namespace moneta
