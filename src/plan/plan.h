// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace moneta {

/// What may be given up for memory, none of which changes a number of the training (`one_model`
/// changes the rounding of validation losses).
struct Levers {
  bool layers = false;      ///< compute every layer's forward again in the backward
  bool timeframes = false;  ///< compute every timeframe's forward again in the backward
  bool offload = false;     ///< keep the state of idle coins in the host's memory
  bool one_model = false;   ///< evaluate with the model that trains, in its micro-batches
  bool moments = false;     ///< keep AdamW's moments in the host's memory, also of the coin at work
  bool operator==(Levers const&) const = default;
};

/// "layers and timeframes computed again, idle coins on the host, one model"; "everything kept".
std::string to_text(Levers const& levers);

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
  std::size_t moment_stream_bytes = 0;  ///< buffers that Levers::moments takes
  std::size_t row_bytes = 0;            ///< rows and samples of all coins of this rank
  std::size_t limit_bytes = 0;          ///< what the rank may take in all
  std::size_t fixed_bytes = 0;          ///< libraries, runtime, code
  std::vector<Levers> levers = {{}};    ///< that work on this device, cheapest first
  std::optional<HostBudget> host;       ///< none: the device computes in the host's memory
  bool wide_activations = false;        ///< 16-bit ones (train.precision=bf16) would take half
  /// Of the training model for a batch size, asked from the library.
  std::function<ModelBytes(std::size_t batch, Levers const& levers)> training_bytes;
  std::function<ModelBytes(std::size_t batch)> evaluation_bytes;  ///< of the evaluating model
  /// Estimated seconds of one update.
  std::function<double(std::size_t micro_batch, Levers const& levers)> update_seconds;
};

/// One line of the plan's table.
struct PlanLine {
  std::string what;  ///< "parameters, optimizer (4 coins)"
  std::size_t bytes = 0;
  std::string why;  ///< "4 x 4 arrays of 12,345 floats"
};

/// What pulling some levers would give.
struct PlanChoice {
  Levers levers;
  std::size_t micro_batch = 0;         ///< 0: it does not fit
  std::size_t missing_bytes = 0;       ///< if it does not fit: for one sequence at a time
  std::size_t missing_host_bytes = 0;  ///< of the host's memory, if that is what is too small
  double update_seconds = 0;
};

struct Plan {
  std::size_t micro_batch = 0;  ///< divides the effective batch
  std::size_t evaluation_batch = 0;
  Levers levers;
  double update_seconds = 0;  ///< estimated
  std::vector<PlanLine> lines;
  std::vector<PlanChoice> choices;  ///< all that were looked at, in their order
  std::size_t total_bytes = 0;
  std::size_t limit_bytes = 0;
  std::vector<PlanLine> host_lines;  ///< beside a device with memory of its own
  std::size_t host_bytes = 0;
  std::string reason;  ///< why this micro-batch
};

/// The fastest plan that fits. For every choice of levers: the largest micro-batch up to
/// `largest_micro_batch` and `micro_batch_at_most` that divides the effective batch and fits beside
/// an evaluation batch of the same size (or of `evaluation_batch`, if that is smaller). Of these
/// the one with the shortest update, the cheaper levers among equals; but a micro-batch of exactly
/// `micro_batch_at_most` before all others, so that numbers stay what they were. Then its
/// evaluation batch doubled as long as it fits and is not above `evaluation_batch`. Throws Error
/// (device) if not even one sequence fits with all levers: says by how much, and which keys to
/// change; Error (config) if a batch size is 0.
Plan make_plan(PlanRequest const& request);

}  // namespace moneta
