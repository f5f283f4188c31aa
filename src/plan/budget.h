// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>

#include "plan/plan.h"

/// The sums behind a plan.
namespace moneta::budget {

inline constexpr std::size_t arrays_per_state = 3;  // parameters, m, v

inline std::size_t arrays(PlanRequest const& request, std::size_t count) {
  return count * request.parameters * sizeof(float);
}

/// Coins whose state lies on the device.
inline std::size_t coins_there(PlanRequest const& request, MemoryOptions const& memory_options) {
  return memory_options.offload_inactive ? std::min<std::size_t>(request.coins, 1) : request.coins;
}

inline std::size_t arrays_there(MemoryOptions const& memory_options) {
  return memory_options.offload_optimizer ? 1 : arrays_per_state;
}

inline std::size_t state_bytes(PlanRequest const& request, MemoryOptions const& memory_options) {
  return arrays(request, arrays_there(memory_options) * coins_there(request, memory_options)) +
         (memory_options.offload_optimizer ? request.moment_stream_bytes : 0);
}

/// State of coins that lies in the host's memory beside a device.
inline std::size_t host_state_bytes(PlanRequest const& request,
                                    MemoryOptions const& memory_options) {
  if (memory_options.offload_inactive) return arrays(request, arrays_per_state * request.coins);
  return memory_options.offload_optimizer ? arrays(request, (arrays_per_state - 1) * request.coins)
                                          : 0;
}

inline std::size_t snapshot_bytes(PlanRequest const& request) {
  return arrays(request, arrays_per_state * request.snapshots);
}

/// In the host's memory for a device with memory of its own.
inline std::size_t host_bytes(PlanRequest const& request, MemoryOptions const& memory_options) {
  return request.host->fixed_bytes + request.host->row_bytes + snapshot_bytes(request) +
         arrays(request, request.team_buffers) + host_state_bytes(request, memory_options);
}

/// Gradients, which all coins use in turn.
inline std::size_t shared_bytes(PlanRequest const& request) {
  return arrays(request, 1 + (request.host ? 0 : request.team_buffers));
}

/// What is there whatever the batch sizes are.
inline std::size_t constant_bytes(PlanRequest const& request, MemoryOptions const& memory_options) {
  return request.fixed_bytes + request.row_bytes + state_bytes(request, memory_options) +
         shared_bytes(request) + (request.host ? 0 : snapshot_bytes(request));
}

/// Of the training model, and what the evaluating one takes beyond it.
struct Models {
  std::size_t training = 0, evaluation = 0;
};
inline Models model_bytes(PlanRequest const& request, std::size_t micro_batch,
                          std::size_t evaluation_batch, MemoryOptions const& memory_options) {
  ModelBytes const training = request.training_bytes(micro_batch, memory_options);
  Models models{training.arena + training.own, 0};
  if (memory_options.share_model) return models;
  ModelBytes const evaluation = request.evaluation_bytes(evaluation_batch);
  models.evaluation =
      evaluation.own + (std::max(evaluation.arena, training.arena) - training.arena);
  return models;
}

inline std::size_t needed_bytes(PlanRequest const& request, std::size_t micro_batch,
                                std::size_t evaluation_batch, MemoryOptions const& memory_options) {
  Models const models = model_bytes(request, micro_batch, evaluation_batch, memory_options);
  return constant_bytes(request, memory_options) + models.training + models.evaluation;
}

/// The evaluation batch that a micro-batch is planned with at first.
inline std::size_t first_evaluation_batch(PlanRequest const& request, std::size_t micro_batch) {
  return std::min(micro_batch, request.evaluation_batch);
}

inline std::size_t needed_bytes(PlanRequest const& request, std::size_t micro_batch,
                                MemoryOptions const& memory_options) {
  return needed_bytes(request, micro_batch, first_evaluation_batch(request, micro_batch),
                      memory_options);
}

/// The largest divisor of `number` that is no more than `at_most`.
inline std::size_t next_divisor(std::size_t number, std::size_t at_most) {
  std::size_t divisor = std::min(number, at_most);
  while (number % divisor != 0) --divisor;
  return divisor;
}

}  // namespace moneta::budget
