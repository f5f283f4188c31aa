// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "plan/memory_options.h"

namespace moneta {

/// Device memory of a model: its part of the arena that the training and the evaluation model use
/// alternately, and what it owns itself (packed weights, buffers of its batches).
struct ModelBytes {
  std::size_t arena = 0, own = 0;
};

/// Host memory of a rank whose device has memory of its own.
struct HostBudget {
  std::size_t fixed_bytes = 0;  ///< program, runtime, libraries
  std::size_t row_bytes = 0;    ///< rows and samples of all coins, as loaded from shards
  std::size_t limit_bytes = std::numeric_limits<std::size_t>::max();  ///< for this rank
};

/// Everything that the planner knows about a rank, in numbers.
struct PlanRequest {
  std::size_t effective_batch = 0;   ///< sequences per update
  std::size_t evaluation_batch = 0;  ///< upper bound: device.batch, and what the device can index

  /// Larger micro-batches do not run faster on this device.
  std::size_t largest_micro_batch = 128;
  /// What other ranks can run, or what an earlier start of the run used.
  std::size_t micro_batch_at_most = std::numeric_limits<std::size_t>::max();

  std::size_t parameters = 0;  ///< P of one coin
  std::size_t coins = 0;       ///< coins of this rank
  /// Copies of parameters, m and v in host memory: one is being written while the next one waits. 0
  /// on a rank that saves no checkpoints.
  std::size_t snapshots = 2;
  /// The same while a checkpoint is read, for one coin at a time.
  std::size_t loaded_states = 1;
  std::size_t team_buffers = 0;  ///< arrays [P] in host memory in which a team sums gradients
  std::size_t moment_stream_bytes = 0;  ///< buffers of MemoryOptions::offload_optimizer
  std::size_t row_bytes = 0;            ///< rows and samples of all coins of this rank
  std::size_t limit_bytes = 0;          ///< device memory that the rank may use
  std::size_t fixed_bytes = 0;          ///< program, runtime, libraries
  std::vector<MemoryOptions> memory_options = {{}};  ///< to choose from, cheapest first
  std::optional<HostBudget> host;  ///< empty if the device computes in host memory
  /// The device computes faster with MemoryOptions::overlap_weight_gradients.
  bool may_overlap_weight_gradients = false;
  bool wide_activations = false;  ///< train.precision=bf16 would halve the activations

  /// Memory of the training model. The layer sizes come from the device's library.
  std::function<ModelBytes(std::size_t batch, MemoryOptions const& options)> training_bytes;
  std::function<ModelBytes(std::size_t batch)> evaluation_bytes;  ///< of the evaluation model
  /// Estimated seconds per update.
  std::function<double(std::size_t micro_batch, MemoryOptions const& options)> update_seconds;
};

/// One row of the memory table of a plan.
struct PlanLine {
  std::string what;  ///< "parameters, moments (4 coins)"
  std::size_t bytes = 0;
  std::string why;  ///< "4 coins x 3 arrays of 12,345 floats"
};

/// What a plan with some memory options would be.
struct PlanChoice {
  MemoryOptions memory_options;
  std::size_t micro_batch = 0;         ///< 0 if it does not fit
  std::size_t missing_bytes = 0;       ///< device memory missing for a micro-batch of one sequence
  std::size_t missing_host_bytes = 0;  ///< host memory missing
  double update_seconds = 0;           ///< estimated; 0 if it does not fit
};

/// The batches and memory options of a rank, and the size of every buffer.
struct Plan {
  std::size_t micro_batch = 0;  ///< divides the effective batch
  std::size_t evaluation_batch = 0;
  MemoryOptions memory_options;
  double update_seconds = 0;  ///< estimated, without overlap of weight gradients
  std::vector<PlanLine> lines;
  /// All that were considered, in the order of the request; one of them has `memory_options`.
  std::vector<PlanChoice> choices;
  std::size_t total_bytes = 0;  ///< sum of `lines`
  /// The part of it that is the same in every plan of this rank: libraries and rows.
  std::size_t unchangeable_bytes = 0;
  std::size_t limit_bytes = 0;
  std::vector<PlanLine> host_lines;  ///< empty if the device computes in host memory
  std::size_t host_bytes = 0;        ///< sum of `host_lines`
  std::string reason;                ///< why the micro-batch is not larger
};

/// The fastest plan that fits.
///
/// For every choice of memory options it determines the largest micro-batch that divides the
/// effective batch, is at most `largest_micro_batch` and `micro_batch_at_most`, and fits together
/// with an evaluation batch of the same size (or of `evaluation_batch`, if that is smaller). It
/// takes the choice with the shortest update; an option that costs more must save more than the
/// error of the estimate. A choice whose micro-batch equals `micro_batch_at_most` precedes all
/// others, so that a resumed run continues with the same rounding. Then the evaluation batch is
/// doubled while it fits and does not exceed `evaluation_batch`. Last, gradients of weights are
/// overlapped if `may_overlap_weight_gradients` and the memory that is left is sufficient; with
/// Recompute::layers, a forward pass comes between two backward passes, so it would not help.
///
/// Throws Error (device), with the missing bytes and the keys to change, if not even one sequence
/// fits with any memory options, and Error (config) if a batch size is 0.
Plan make_plan(PlanRequest const& request);

}  // namespace moneta
