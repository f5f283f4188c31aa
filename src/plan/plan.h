// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <limits>
#include <string>
#include <vector>

namespace moneta {

/// What may be given up for memory, none of which changes a number of the training.
struct Levers {
  bool layers = false;      ///< compute every layer's forward again in the backward
  bool timeframes = false;  ///< compute every timeframe's forward again in the backward
  bool offload = false;     ///< keep the state of idle coins in the host's memory
  bool operator==(Levers const&) const = default;
};

/// "layers and timeframes computed again, idle coins in the host's memory"; "everything kept".
std::string to_text(Levers const& levers);

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
  std::size_t snapshots = 2;          ///< of parameters, m, v: one being written, one on its way
  std::size_t team_buffers = 0;       ///< arrays in which a team sums gradients
  std::size_t row_bytes = 0;          ///< rows and samples of all coins of this rank
  std::size_t limit_bytes = 0;        ///< what the rank may take in all
  std::size_t fixed_bytes = 0;        ///< libraries, runtime, code
  std::vector<Levers> levers = {{}};  ///< that work on this device, cheapest first
  /// Bytes of the training model for a batch size, asked from the library.
  std::function<std::size_t(std::size_t batch, Levers const& levers)> training_bytes;
  std::function<std::size_t(std::size_t batch)> evaluation_bytes;  ///< of the evaluating model
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
  std::size_t micro_batch = 0;    ///< 0: it does not fit
  std::size_t missing_bytes = 0;  ///< if it does not fit: for one sequence at a time
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
  std::string reason;  ///< why this micro-batch
};

/// The fastest plan that fits. For every choice of levers: the largest micro-batch up to
/// `largest_micro_batch` that divides the effective batch and fits beside an evaluation batch of
/// the same size (or of `evaluation_batch`, if that is smaller). Of these the one with the shortest
/// update, the cheaper levers among equals; then its evaluation batch doubled as long as it fits
/// and is not above `evaluation_batch`. Throws Error (device) if not even one sequence fits with
/// all levers: says by how much, and which keys to change; Error (config) if a batch size is 0.
Plan make_plan(PlanRequest const& request);

}  // namespace moneta
