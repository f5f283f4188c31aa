// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backend/device_facts.h"

namespace moneta {

/// More sequences than 1024 at a time only take memory: the matrix units are full. And no more than
/// so many that the gates of all steps can be counted in 32 bits, as cuDNN may do.
std::size_t largest_gpu_batch(LstmShape const& shape);

/// A GPU that is not here, for planning: cuDNN's sizes by formula. On the GPU itself they are asked
/// from cuDNN. The speed is that of an RTX 3080 Ti.
class AnalyticGpu : public DeviceFacts {
 public:
  explicit AnalyticGpu(std::size_t memory_bytes) : memory_bytes_(memory_bytes) {}

  bool is_present() const override { return false; }
  std::string description() const override;
  bool supports(Precision) const override { return true; }
  bool multiplies_fast(Precision) const override { return true; }
  DeviceSpeed speed(Precision precision) const override;
  std::optional<DeviceMemoryUse> memory_use() const override;
  std::size_t largest_micro_batch(LstmShape const& shape) const override {
    return largest_gpu_batch(shape);
  }
  Precision gradient_precision(Precision precision) const override { return precision; }
  /// Reserve space of one layer: T*N*D*H*5 elements, as cuDNN 9 asks for (gates, cell states).
  LstmBytes lstm_bytes(LstmShape const& shape) const override;

 private:
  std::size_t memory_bytes_;
};

/// The speed of a GPU from its multiprocessors, clock and generation (compute capability), at the
/// share of the matrix units' peak that cuDNN's LSTM reaches.
DeviceSpeed gpu_speed(std::size_t multiprocessors, double clock_hz, int major, int minor,
                      Precision precision);

}  // namespace moneta
