// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "plan/plan.h"

/// The sums behind a plan, in bytes. "Device" is the memory in which the device computes, even if
/// that is host memory.
namespace moneta::budget {

/// `count` arrays [P] of float32.
std::size_t array_bytes(PlanRequest const& request, std::size_t count);

/// Coins whose state is on the device.
std::size_t coins_on_device(PlanRequest const& request, MemoryOptions const& options);

/// Arrays [P] of such a coin on the device: its parameters, and its moments unless they are
/// offloaded.
std::size_t arrays_on_device(MemoryOptions const& options);

/// State of coins on the device, including the buffers through which moments are streamed.
std::size_t state_bytes(PlanRequest const& request, MemoryOptions const& options);

/// State of coins that is offloaded to the host.
std::size_t offloaded_bytes(PlanRequest const& request, MemoryOptions const& options);

/// Snapshots for the checkpoint writer, and the state that is read from a checkpoint.
std::size_t checkpoint_bytes(PlanRequest const& request);

/// All host memory of a rank whose device has memory of its own; needs `request.host`.
std::size_t host_bytes(PlanRequest const& request, MemoryOptions const& options);

/// Arrays that all coins share: gradients, and team buffers if the device computes in host memory.
std::size_t shared_bytes(PlanRequest const& request);

/// Everything on the device that does not depend on the batch sizes.
std::size_t constant_bytes(PlanRequest const& request, MemoryOptions const& options);

/// The training model, and what the evaluation model needs in addition.
struct Models {
  std::size_t training = 0, evaluation = 0;
};
Models model_bytes(PlanRequest const& request, std::size_t micro_batch,
                   std::size_t evaluation_batch, MemoryOptions const& options);

/// Everything on the device.
std::size_t needed_bytes(PlanRequest const& request, std::size_t micro_batch,
                         std::size_t evaluation_batch, MemoryOptions const& options);

/// The same with first_evaluation_batch.
std::size_t needed_bytes(PlanRequest const& request, std::size_t micro_batch,
                         MemoryOptions const& options);

/// The evaluation batch with which a micro-batch must fit.
std::size_t first_evaluation_batch(PlanRequest const& request, std::size_t micro_batch);

/// The largest divisor of `number` that is at most `limit`; both are at least 1.
std::size_t largest_divisor(std::size_t number, std::size_t limit);

}  // namespace moneta::budget
