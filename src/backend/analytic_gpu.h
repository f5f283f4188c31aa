// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backend/device_facts.h"

namespace moneta {

/// The largest useful batch of a GPU, for training and for evaluation. Beyond 1024 sequences the
/// matrix units are fully used. The gates of all steps must also be indexable with 32 bits, which
/// cuDNN may use.
std::size_t largest_gpu_batch(LstmShape const& shape);

/// An absent GPU to plan for, with cuDNN's sizes from formulas and the speed of an RTX 3080 Ti. For
/// a present GPU, cuDNN reports the sizes.
class AnalyticGpu : public DeviceFacts {
 public:
  explicit AnalyticGpu(std::size_t memory_bytes) : memory_bytes_(memory_bytes) {}

  bool is_present() const override { return false; }
  std::string description() const override;
  std::string rounding_identity() const override { return description(); }
  bool supports(Precision) const override { return true; }
  bool multiplies_fast(Precision) const override { return true; }
  DeviceSpeed speed(Precision precision) const override;
  std::optional<DeviceMemoryUse> memory_use() const override;
  bool overlaps_weight_gradients() const override { return true; }
  std::size_t largest_micro_batch(LstmShape const& shape) const override {
    return largest_gpu_batch(shape);
  }
  Precision gradient_precision(Precision precision) const override { return precision; }
  /// As cuDNN 9.19 computes its sizes: the workspace of a layer is T*N*D*H*5 elements (gates and
  /// cell states). With overlap_weight_gradients, the working memory of a call counts twice.
  LstmBytes lstm_bytes(LstmShape const& shape) const override;

 private:
  std::size_t memory_bytes_;
};

/// Estimates the speed of a GPU from its multiprocessors, clock and compute capability, and from
/// the fraction of the peak rate that cuDNN's LSTM reaches. A clock of 0, which virtual GPUs
/// report, counts as 1.5 GHz. Its memory is not considered: bytes_per_s is 0.
DeviceSpeed gpu_speed(std::size_t multiprocessors, double clock_hz, int major, int minor,
                      Precision precision);

}  // namespace moneta
