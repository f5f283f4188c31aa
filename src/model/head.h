// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "backend/backend.h"
#include "model/dropout_masks.h"
#include "model/memory.h"

namespace moneta {

/// The parameters of the head, or their gradients.
template <class T>
struct HeadParameters {
  DeviceSpan<T> hidden_weight;  ///< [H,C]
  DeviceSpan<T> hidden_bias;    ///< [H]
  DeviceSpan<T> output_weight;  ///< [1,H]
  DeviceSpan<T> output_bias;    ///< [1]
};

/// Final states [N,C] -> dropout -> linear -> ReLU -> dropout -> linear -> prediction [N], all in
/// float32. Its buffers are in the forecaster's arena, which must outlive it.
class Head {
 public:
  Head(Backend& backend, ForecasterShape const& shape, HeadBuffers const& buffers, Arena arena);

  /// C = K * D * H.
  std::size_t columns() const { return columns_; }
  DeviceSpan<float> states() const { return arena_.floats(buffers_.states, batch_ * columns_); }
  DeviceSpan<float> d_states() const { return arena_.floats(buffers_.d_states, batch_ * columns_); }
  DeviceSpan<float> prediction() const { return arena_.floats(buffers_.prediction, batch_); }
  DeviceSpan<float> d_prediction() const { return arena_.floats(buffers_.d_prediction, batch_); }

  /// Computes `prediction` from `states`, which dropout modifies in place.
  void forward(HeadParameters<float const> const& params, DropoutMasks const& masks);
  /// Computes `d_states` from `d_prediction` and adds to `gradients`.
  void backward(HeadParameters<float const> const& params, DropoutMasks const& masks,
                HeadParameters<float> const& gradients);

 private:
  void drop(DeviceSpan<float> values, DropoutMasks const& masks, std::size_t layer);

  Backend& backend_;
  std::size_t batch_, hidden_size_, columns_;
  HeadBuffers buffers_;
  Arena arena_;
};

}  // namespace moneta
