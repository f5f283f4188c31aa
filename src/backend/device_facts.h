// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>

#include "backend/lstm.h"
#include "base/shape.h"

namespace moneta {

/// Memory of a device that has its own.
struct DeviceMemoryUse {
  std::size_t total_bytes = 0;
  /// Used by libraries of this process and by other processes, before any allocation.
  std::size_t taken_bytes = 0;
  /// What the libraries of each process are expected to take in addition: they load the code of a
  /// kernel when it is first used, and other batch sizes use other kernels.
  std::size_t later_bytes = 0;
};

/// A rough estimate of the speed of a device, sufficient to compare plans.
struct DeviceSpeed {
  double products_per_s = 0;  ///< multiply-add operations per second in LSTM layers
  double step_s = 0;          ///< least time for a step of a layer
  /// Memory bandwidth, and the size of the last cache. 0 if weights that exceed the cache do not
  /// slow the device down.
  double bytes_per_s = 0;
  std::size_t cache_bytes = 0;

  /// Least time for a step of this layer. Every step reads the recurrent weights of all directions;
  /// if the cache cannot hold them, each time from memory.
  double step_seconds(LstmShape const& layer) const {
    std::size_t const weights = layer.directions * 4 * layer.hidden * layer.hidden;
    std::size_t const bytes = weights * element_bytes(layer.precision);
    if (bytes_per_s <= 0 || bytes <= cache_bytes) return step_s;
    return std::max(step_s, static_cast<double>(bytes) / bytes_per_s);
  }
};

/// What the planner must know about a device; nothing is created on it.
class DeviceFacts {
 public:
  DeviceFacts() = default;
  DeviceFacts(DeviceFacts const&) = delete;
  DeviceFacts& operator=(DeviceFacts const&) = delete;
  virtual ~DeviceFacts() = default;

  /// False for an absent device that is only planned for.
  virtual bool is_present() const { return true; }
  virtual std::string description() const = 0;  ///< "CPU, 2 threads, oneDNN 2.6.3, avx2"
  /// What the rounding of results depends on besides the settings of a run: the model of the GPU
  /// and the versions of its libraries, but nothing in which two equal GPUs may differ. Empty for
  /// the CPU, so that checkpoints are the same bytes on all machines.
  virtual std::string rounding_identity() const = 0;
  /// Whether the device and its library can compute LSTM layers in this precision.
  virtual bool supports(Precision precision) const = 0;
  /// Whether the hardware multiplies in this precision at full speed (bf16: AMX, sm_80+; tf32 and
  /// fp16: sm_80+).
  virtual bool multiplies_fast(Precision precision) const = 0;
  virtual DeviceSpeed speed(Precision precision) const = 0;
  /// Nothing if the device computes in host memory.
  virtual std::optional<DeviceMemoryUse> memory_use() const = 0;
  /// Whether LstmShape::overlap_weight_gradients makes the device faster.
  virtual bool overlaps_weight_gradients() const = 0;
  /// The micro-batch of such a layer beyond which the device is not faster or its library cannot
  /// index; shape.batch is ignored.
  virtual std::size_t largest_micro_batch(LstmShape const& shape) const = 0;
  /// Precision of the gradients of activations with this precision.
  virtual Precision gradient_precision(Precision precision) const = 0;
  /// Size of a layer of Backend::make_lstm, sufficient for all algorithms: the faster one is only
  /// determined for the batch of the plan, which depends on these sizes.
  virtual LstmBytes lstm_bytes(LstmShape const& shape) const = 0;
};

}  // namespace moneta
