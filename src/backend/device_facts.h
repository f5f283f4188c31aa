// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "backend/lstm.h"
#include "base/shape.h"

namespace moneta {

/// A device's own memory.
struct DeviceMemoryUse {
  std::size_t total_bytes = 0;
  std::size_t taken_bytes =
      0;  ///< by this process's libraries and by others, before any allocation
};

/// How fast a device is, roughly: good enough to compare plans and to tell hours from days.
struct DeviceSpeed {
  double products_per_s = 0;  ///< multiplications with addition, in LSTM layers
  double step_s = 0;          ///< what a step of a layer takes however small it is
};

/// What a plan must know of a device, without anything being made on it.
class DeviceFacts {
 public:
  DeviceFacts() = default;
  DeviceFacts(DeviceFacts const&) = delete;
  DeviceFacts& operator=(DeviceFacts const&) = delete;
  virtual ~DeviceFacts() = default;

  /// False for a device that is only planned for.
  virtual bool is_present() const { return true; }
  virtual std::string description() const = 0;  ///< "CPU, 2 threads, oneDNN 2.6.3, avx2"
  /// True if the device and its library can compute LSTM layers in this precision.
  virtual bool supports(Precision precision) const = 0;
  /// True if the hardware multiplies this precision at full speed (bf16: AMX, sm_80+; tf32:
  /// sm_80+).
  virtual bool multiplies_fast(Precision precision) const = 0;
  virtual DeviceSpeed speed(Precision precision) const = 0;
  /// Nothing if the device computes in the host's memory.
  virtual std::optional<DeviceMemoryUse> memory_use() const = 0;
  /// Sequences of one forward and backward of such a layer (its own batch does not matter) beyond
  /// which the device does not run faster, or its library cannot count.
  virtual std::size_t largest_micro_batch(LstmShape const& shape) const = 0;
  /// Type of the gradients of activations that have this precision.
  virtual Precision gradient_precision(Precision precision) const = 0;
  /// Bytes that a layer of Backend::make_lstm takes, whatever its algorithm: which one is the
  /// faster is found out for the batch of the plan, which these bytes decide.
  virtual LstmBytes lstm_bytes(LstmShape const& shape) const = 0;
};

}  // namespace moneta
