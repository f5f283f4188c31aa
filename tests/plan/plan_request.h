// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <limits>

#include "plan/plan.h"
#include "plan/print_memory_options.h"

namespace moneta {

inline constexpr std::size_t mib = std::size_t{1} << 20;
inline constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

/// 130 MiB of libraries, 50 MiB of rows, 3 arrays of 10 MiB for each of 4 coins and one for all of
/// them. A model needs 40 MiB + 10 MiB per sequence for training, and 20 MiB + 1 MiB per sequence
/// for evaluation.
inline PlanRequest request_of(std::size_t effective, std::size_t limit_bytes) {
  PlanRequest request;
  request.effective_batch = effective;
  request.evaluation_batch = 2048;
  request.largest_micro_batch = 128;
  request.parameters = 10 * mib / sizeof(float);
  request.coins = 4;
  request.snapshots = request.loaded_states = 0;
  request.row_bytes = 50 * mib;
  request.fixed_bytes = 130 * mib;
  request.limit_bytes = limit_bytes;
  request.training_bytes = [](std::size_t batch, MemoryOptions const&) {
    return ModelBytes{0, (40 + 10 * batch) * mib};
  };
  request.evaluation_bytes = [](std::size_t batch) { return ModelBytes{0, (20 + batch) * mib}; };
  request.update_seconds = [](std::size_t batch, MemoryOptions const&) {
    return 1.0 / static_cast<double>(batch);
  };
  return request;
}
inline constexpr std::size_t constant_mib = 130 + 50 + 4 * 3 * 10 + 10;
inline constexpr std::size_t smallest_mib = constant_mib + (40 + 10) + (20 + 1);

/// A sequence needs 900 MiB, or 300 MiB if layers are recomputed, which takes a third longer. The
/// state of each of 4 coins is 3 x 100 MiB. An update has 8 sequences, and at most 4 of them run at
/// a time.
inline PlanRequest request_with_memory_options(std::size_t limit_mib) {
  PlanRequest request;
  request.effective_batch = 8;
  request.evaluation_batch = 1;
  request.largest_micro_batch = 4;
  request.parameters = 100 * mib / sizeof(float);
  request.coins = 4;
  request.snapshots = request.loaded_states = 0;
  request.limit_bytes = limit_mib * mib;
  MemoryOptions recompute, offload, both;
  recompute.recompute.layers = both.recompute.layers = true;
  offload.offload_inactive = both.offload_inactive = true;
  request.memory_options = {{}, recompute, offload, both};
  request.training_bytes = [](std::size_t batch, MemoryOptions const& options) {
    return ModelBytes{batch * (options.recompute.layers ? 300 : 900) * mib, 0};
  };
  request.evaluation_bytes = [](std::size_t) { return ModelBytes{}; };
  request.update_seconds = [](std::size_t batch, MemoryOptions const& options) {
    return (options.recompute.layers ? 4.0 : 3.0) * (1 + 0.1 / static_cast<double>(batch));
  };
  return request;
}

/// On a device with memory of its own: 100 MiB of gradients, and 300 MiB of state for each of 4
/// coins. A sequence needs 500 MiB of the arena for training and 200 MiB for evaluation; the models
/// own 100 MiB and 50 MiB. Streaming needs 20 MiB.
inline PlanRequest request_of_a_gpu(MemoryOptions const& options) {
  PlanRequest request = request_with_memory_options(100'000);
  request.memory_options = {options};
  request.moment_stream_bytes = 20 * mib;
  request.training_bytes = [](std::size_t batch, MemoryOptions const&) {
    return ModelBytes{batch * 500 * mib, 100 * mib};
  };
  request.evaluation_bytes = [](std::size_t batch) {
    return ModelBytes{batch * 200 * mib, 50 * mib};
  };
  request.snapshots = 2;
  request.host = HostBudget{1000 * mib, 70 * mib};
  return request;
}
inline constexpr std::size_t host_constant_mib = 1000 + 70 + 2 * 300;

}  // namespace moneta
