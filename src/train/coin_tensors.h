// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "checkpoint/state.h"
#include "config/config.h"
#include "engine/training_device.h"
#include "optim/optimizer.h"

namespace moneta {

/// A coin's parameters and moments [P], wherever the device's plan wants them: on the device all
/// the time, there during the coin's turn only, or (moments) in the host's memory all the time. The
/// numbers are the same.
class CoinTensors {
 public:
  /// Uninitialised, until `set`. The device must outlive it. Throws OutOfMemory.
  explicit CoinTensors(TrainingDevice& device);
  CoinTensors(CoinTensors const&) = delete;
  CoinTensors& operator=(CoinTensors const&) = delete;
  ~CoinTensors();

  void set(CoinState const& state);
  /// Copies into state.params, m and v. Waits.
  void get(CoinState& state);

  /// Parameters are there from here on, moments when they are needed.
  void activate();
  /// The moments are not needed before the next update: their copies begin.
  void prefetch_writeback();
  void deactivate();

  /// During a turn.
  DeviceSpan<float> params();
  /// One update with the gradients that all coins share; see optim/optimizer.h.
  UpdateResult update(OptimizerConfig const& config, double learning_rate, std::int64_t step);

  /// Between turns: as another plan wants it, which gives up no less. Throws OutOfMemory, and what
  /// it holds is whole.
  void move_to(MemoryOptions const& memory_options);

 private:
  /// One of params, m, v.
  struct Array {
    std::unique_ptr<DeviceMemory> own;   // on the device all the time
    std::unique_ptr<DeviceMemory> home;  // in the host's memory
    bool home_is_current = false;
  };
  void place(Array& array, bool at_home);
  void wait();
  /// Where the device computes with array i now; null if it is at home.
  DeviceMemory* there(std::size_t i);

  TrainingDevice& device_;
  std::array<Array, 3> arrays_;
  bool has_turn_ = false;
  bool copies_run_ = false;  // of moments, from or to the device
};

}  // namespace moneta
