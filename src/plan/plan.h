// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace moneta {

/// What the planner must know about a rank; pure numbers.
struct PlanRequest {
  std::size_t effective_batch = 0;        ///< sequences of one update
  std::size_t evaluation_batch = 0;       ///< device.batch: an upper bound
  std::size_t largest_micro_batch = 128;  ///< more does not run faster on this device
  std::size_t parameters = 0;             ///< P of one coin
  std::size_t coins = 0;                  ///< coins of this rank
  std::size_t arrays_per_coin = 4;        ///< parameters, gradients, m, v; a team's buffer
  std::size_t snapshots = 2;    ///< of parameters, m, v: one being written, one on its way
  std::size_t row_bytes = 0;    ///< rows and samples of all coins of this rank
  std::size_t limit_bytes = 0;  ///< what the rank may take in all
  std::size_t fixed_bytes = 0;  ///< libraries, runtime, code
  /// Bytes of the training and the evaluating model for a batch size, asked from the library.
  std::function<std::size_t(std::size_t batch)> training_bytes, evaluation_bytes;
};

/// One line of the plan's table.
struct PlanLine {
  std::string what;  ///< "parameters, optimizer (4 coins)"
  std::size_t bytes = 0;
  std::string why;  ///< "4 x 4 arrays of 12,345 floats"
};

struct Plan {
  std::size_t micro_batch = 0;  ///< divides the effective batch
  std::size_t evaluation_batch = 0;
  std::vector<PlanLine> lines;
  std::size_t total_bytes = 0;
  std::size_t limit_bytes = 0;
  std::string reason;  ///< why this micro-batch
};

/// The fastest plan that fits: the largest micro-batch up to `largest_micro_batch` that divides the
/// effective batch and fits beside an evaluation batch of the same size (or of `evaluation_batch`,
/// if that is smaller); then that evaluation batch doubled as long as it fits and is not above
/// `evaluation_batch`. Throws Error (device) if not even one sequence fits: says by how much, and
/// which keys to change; Error (config) if a batch size is 0.
Plan make_plan(PlanRequest const& request);

}  // namespace moneta
