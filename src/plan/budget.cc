// SPDX-License-Identifier: Apache-2.0
#include "plan/budget.h"

#include <algorithm>

namespace moneta::budget {
namespace {

constexpr std::size_t arrays_per_state = 3;  // parameters, m, v

}  // namespace

std::size_t array_bytes(PlanRequest const& request, std::size_t count) {
  return count * request.parameters * sizeof(float);
}

std::size_t coins_on_device(PlanRequest const& request, MemoryOptions const& options) {
  return options.offload_inactive ? std::min<std::size_t>(request.coins, 1) : request.coins;
}

std::size_t arrays_on_device(MemoryOptions const& options) {
  return options.offload_optimizer ? 1 : arrays_per_state;
}

std::size_t state_bytes(PlanRequest const& request, MemoryOptions const& options) {
  std::size_t const arrays = arrays_on_device(options) * coins_on_device(request, options);
  std::size_t const stream = options.offload_optimizer ? request.moment_stream_bytes : 0;
  return array_bytes(request, arrays) + stream;
}

std::size_t offloaded_bytes(PlanRequest const& request, MemoryOptions const& options) {
  if (options.offload_inactive) return array_bytes(request, arrays_per_state * request.coins);
  if (options.offload_optimizer) {
    return array_bytes(request, (arrays_per_state - 1) * request.coins);
  }
  return 0;
}

std::size_t checkpoint_bytes(PlanRequest const& request) {
  return array_bytes(request, arrays_per_state * (request.snapshots + request.loaded_states));
}

std::size_t host_bytes(PlanRequest const& request, MemoryOptions const& options) {
  return request.host->fixed_bytes + request.host->row_bytes + checkpoint_bytes(request) +
         array_bytes(request, request.team_buffers) + offloaded_bytes(request, options);
}

std::size_t shared_bytes(PlanRequest const& request) {
  return array_bytes(request, 1 + (request.host ? 0 : request.team_buffers));
}

std::size_t constant_bytes(PlanRequest const& request, MemoryOptions const& options) {
  return request.fixed_bytes + request.row_bytes + state_bytes(request, options) +
         shared_bytes(request) + (request.host ? 0 : checkpoint_bytes(request));
}

Models model_bytes(PlanRequest const& request, std::size_t micro_batch,
                   std::size_t evaluation_batch, MemoryOptions const& options) {
  ModelBytes const training = request.training_bytes(micro_batch, options);
  Models models{training.arena + training.own, 0};
  if (options.share_model) return models;
  ModelBytes const evaluation = request.evaluation_bytes(evaluation_batch);
  models.evaluation =
      evaluation.own + (std::max(evaluation.arena, training.arena) - training.arena);
  return models;
}

std::size_t needed_bytes(PlanRequest const& request, std::size_t micro_batch,
                         std::size_t evaluation_batch, MemoryOptions const& options) {
  Models const models = model_bytes(request, micro_batch, evaluation_batch, options);
  return constant_bytes(request, options) + models.training + models.evaluation;
}

std::size_t needed_bytes(PlanRequest const& request, std::size_t micro_batch,
                         MemoryOptions const& options) {
  return needed_bytes(request, micro_batch, first_evaluation_batch(request, micro_batch), options);
}

std::size_t first_evaluation_batch(PlanRequest const& request, std::size_t micro_batch) {
  return std::min(micro_batch, request.evaluation_batch);
}

std::size_t largest_divisor(std::size_t number, std::size_t limit) {
  std::size_t divisor = std::min(number, limit);
  while (number % divisor != 0) --divisor;
  return divisor;
}

}  // namespace moneta::budget
