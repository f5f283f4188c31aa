// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "backend/backend.h"
#include "model/masks.h"
#include "model/memory.h"

namespace moneta {

/// Parameters of the head, or the gradients of them.
template <class T>
struct HeadParameters {
  DeviceSpan<T> hidden_weight;  ///< [H,C]
  DeviceSpan<T> hidden_bias;    ///< [H]
  DeviceSpan<T> output_weight;  ///< [1,H]
  DeviceSpan<T> output_bias;    ///< [1]
};

/// Final states [N,C] -> dropout -> linear -> ReLU -> dropout -> linear -> prediction [N], all in
/// float32. The buffers lie in the forecaster's arena, which outlives this.
class Head {
 public:
  Head(Backend& backend, ForecasterShape const& shape, HeadPieces const& pieces, Arena arena);

  /// C: timeframes * D * H.
  std::size_t columns() const { return columns_; }
  DeviceSpan<float> states() const { return arena_.floats(pieces_.states, batch_ * columns_); }
  DeviceSpan<float> d_states() const { return arena_.floats(pieces_.d_states, batch_ * columns_); }
  DeviceSpan<float> prediction() const { return arena_.floats(pieces_.prediction, batch_); }
  DeviceSpan<float> d_prediction() const { return arena_.floats(pieces_.d_prediction, batch_); }

  /// From `states`, which dropout changes in place, to `prediction`.
  void forward(HeadParameters<float const> const& params, DropoutMasks const& masks);
  /// From `d_prediction` to `d_states`; adds to `gradients`.
  void backward(HeadParameters<float const> const& params, DropoutMasks const& masks,
                HeadParameters<float> const& gradients);

 private:
  void drop(DeviceSpan<float> values, DropoutMasks const& masks, std::size_t place);

  Backend& backend_;
  std::size_t batch_, hidden_size_, columns_;
  HeadPieces pieces_;
  Arena arena_;
};

}  // namespace moneta
