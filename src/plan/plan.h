// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace moneta {

/// What a plan may do to save memory, none of which changes a number of the training (`share_model`
/// changes the rounding of validation losses).
struct MemoryOptions {
  bool recompute_layers = false;      ///< every layer's forward again in the backward
  bool recompute_timeframes = false;  ///< every timeframe's forward again in the backward
  bool offload_inactive = false;      ///< parameters and moments of inactive coins in host memory
  bool share_model = false;           ///< evaluate with the training model, in its micro-batches
  bool offload_optimizer = false;     ///< AdamW's moments of all coins in host memory, streamed
  bool operator==(MemoryOptions const&) const = default;
};
/// "recompute layers and timeframes, offload inactive coins, share one model"; "keep everything".
std::string to_text(MemoryOptions const& memory_options);

/// Device memory of a model: an arena for activations that training and evaluation use in turn, and
/// what it keeps for itself (packed weights, staging).
struct ModelBytes {
  std::size_t arena = 0, own = 0;
};

/// The host's memory, for a device that has its own.
struct HostBudget {
  std::size_t fixed_bytes = 0;  ///< program, runtime, libraries
  std::size_t row_bytes = 0;    ///< rows and samples of all coins as they were read
  std::size_t limit_bytes = std::numeric_limits<std::size_t>::max();  ///< of this rank
};

/// What the planner must know about a rank; pure numbers.
struct PlanRequest {
  std::size_t effective_batch = 0;        ///< sequences of one update
  std::size_t evaluation_batch = 0;       ///< device.batch: an upper bound
  std::size_t largest_micro_batch = 128;  ///< more does not run faster on this device
  std::size_t micro_batch_at_most =
      std::numeric_limits<std::size_t>::max();  ///< that other ranks can take, or an earlier start
                                                ///< took
  std::size_t parameters = 0;                   ///< P of one coin
  std::size_t coins = 0;                        ///< coins of this rank
  std::size_t snapshots =
      2;  ///< of parameters, m, v on the host: one being written, one on its way
  std::size_t team_buffers = 0;         ///< arrays on the host in which a team sums gradients
  std::size_t moment_stream_bytes = 0;  ///< buffers that MemoryOptions::offload_optimizer takes
  std::size_t row_bytes = 0;            ///< rows and samples of all coins of this rank
  std::size_t limit_bytes = 0;          ///< what the rank may take in all
  std::size_t fixed_bytes = 0;          ///< libraries, runtime, code
  std::vector<MemoryOptions> memory_options = {{}};  ///< that work on this device, cheapest first
  std::optional<HostBudget> host;  ///< none: the device computes in the host's memory
  bool wide_activations = false;   ///< 16-bit ones (train.precision=bf16) would take half
  /// Of the training model for a batch size, asked from the library.
  std::function<ModelBytes(std::size_t batch, MemoryOptions const& memory_options)> training_bytes;
  std::function<ModelBytes(std::size_t batch)> evaluation_bytes;  ///< of the evaluating model
  /// Estimated seconds of one update.
  std::function<double(std::size_t micro_batch, MemoryOptions const& memory_options)>
      update_seconds;
};

/// One line of the plan's table.
struct PlanLine {
  std::string what;  ///< "parameters, optimizer (4 coins)"
  std::size_t bytes = 0;
  std::string why;  ///< "4 x 4 arrays of 12,345 floats"
};

/// What pulling some memory options would give.
struct PlanChoice {
  MemoryOptions memory_options;
  std::size_t micro_batch = 0;         ///< 0: it does not fit
  std::size_t missing_bytes = 0;       ///< if it does not fit: for one sequence at a time
  std::size_t missing_host_bytes = 0;  ///< of the host's memory, if that is what is too small
  double update_seconds = 0;
};

struct Plan {
  std::size_t micro_batch = 0;  ///< divides the effective batch
  std::size_t evaluation_batch = 0;
  MemoryOptions memory_options;
  double update_seconds = 0;  ///< estimated
  std::vector<PlanLine> lines;
  std::vector<PlanChoice> choices;  ///< all that were looked at, in their order
  std::size_t total_bytes = 0;
  std::size_t limit_bytes = 0;
  std::vector<PlanLine> host_lines;  ///< beside a device with memory of its own
  std::size_t host_bytes = 0;
  std::string reason;  ///< why this micro-batch
};

/// The fastest plan that fits. For every choice of memory options: the largest micro-batch up to
/// `largest_micro_batch` and `micro_batch_at_most` that divides the effective batch and fits beside
/// an evaluation batch of the same size (or of `evaluation_batch`, if that is smaller). Of these
/// the one with the shortest update, the cheaper memory options among equals; but a micro-batch of
/// exactly `micro_batch_at_most` before all others, so that numbers stay what they were. Then its
/// evaluation batch doubled as long as it fits and is not above `evaluation_batch`. Throws Error
/// (device) if not even one sequence fits with all memory options: says by how much, and which keys
/// to change; Error (config) if a batch size is 0.
Plan make_plan(PlanRequest const& request);

}  // namespace moneta
