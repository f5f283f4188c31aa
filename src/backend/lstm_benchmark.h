// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "backend/backend.h"

namespace moneta {

/// Returns the time in seconds that the device needs for the calls that `work` queues.
using DeviceTimer = std::function<double(std::function<void()> const& work)>;

/// A benchmark runs at most this many steps of a layer. Its arrays are then small compared with
/// those of the layer, and the fixed cost of a call is negligible.
inline constexpr std::size_t benchmark_steps = 32;

/// Runs the forward and backward pass of a training layer with both algorithms on the same
/// synthetic numbers. Compares the results, then times the algorithms alternately, so that a rising
/// clock frequency favors neither. Every failure, including a lack of memory, becomes
/// LstmBenchmark::refused.
LstmBenchmark benchmark_lstm_algorithms(Backend& backend, LstmShape const& shape,
                                        DeviceTimer const& time);

/// The algorithm for a layer, and why: "persistent, 1.70 times as fast".
struct LstmChoice {
  LstmAlgorithm algorithm = LstmAlgorithm::standard;
  std::string why;
};

/// The text of an error without its suggestion, for an error that does not stop the program.
std::string reason_in(std::string const& text);

/// Largest LstmBenchmark::difference that is explained by the rounding of inputs, weights and sums.
double equality_tolerance(Precision precision);

/// Chooses the persistent algorithm if it ran, gave the results of the standard one, is
/// reproducible, and is at least 5 % faster, so that noise does not decide. If the run was started
/// with it (`started_with`), it need not be faster.
LstmChoice choose_lstm_algorithm(LstmBenchmark const& benchmark, Precision precision,
                                 LstmAlgorithm started_with = LstmAlgorithm::standard);

}  // namespace moneta
