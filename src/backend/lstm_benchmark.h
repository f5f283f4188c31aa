// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "backend/backend.h"

namespace moneta {

/// Seconds that a device takes for the calls that `work` queues.
using DeviceTimer = std::function<double(std::function<void()> const& work)>;

/// A trial takes at most so many of a layer's steps: its arrays are then a small part of what the
/// layer itself will take, and what both algorithms do once a call weighs little.
inline constexpr std::size_t benchmark_steps = 32;

/// Runs a training layer of this shape with both algorithms on the same made-up numbers, forward
/// and backward: compares what they give, then times them in turn, so that a clock that rises
/// favours neither. Whatever fails, lack of memory included, becomes LstmBenchmark::refused.
LstmBenchmark benchmark_lstm_algorithms(Backend& backend, LstmShape const& shape,
                                        DeviceTimer const& time);

/// Which algorithm a layer gets and why: "persistent, 1.70 times as fast".
struct LstmChoice {
  LstmAlgorithm algorithm = LstmAlgorithm::standard;
  std::string why;
};

/// Largest LstmBenchmark::difference with which two results count as equal: the rounding of inputs,
/// weights and sums.
double equality_tolerance(Precision precision);

/// Persistent if it ran, gives what standard gives, gives it again, and is at least 5 % faster, so
/// that noise does not decide. One that a run `was_begun` with need not be faster.
LstmChoice choose_lstm_algorithm(LstmBenchmark const& benchmark, Precision precision,
                                 LstmAlgorithm was_begun = LstmAlgorithm::standard);

}  // namespace moneta
