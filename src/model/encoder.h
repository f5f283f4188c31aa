// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "backend/backend.h"
#include "model/forecaster.h"
#include "model/masks.h"
#include "model/memory.h"

namespace moneta {

/// The columns of the head's input that belong to one timeframe.
struct StateColumns {
  std::size_t columns = 0;  ///< C: width of the head's input
  std::size_t column = 0;   ///< first of this timeframe's D * H
};

/// One timeframe's stack of LSTM layers: windows -> the top layer's final states. The buffers lie
/// in the forecaster's arena, which outlives this.
class Encoder {
 public:
  Encoder(Backend& backend, ForecasterShape const& shape, std::size_t timeframe,
          EncoderPieces const& pieces, Arena arena);

  /// Floats of all layers, which lie one after the other.
  std::size_t parameters() const;
  void load_parameters(DeviceSpan<float const> params);

  /// Writes its columns of `states` [N,C].
  void forward(DeviceWindows const& windows, DropoutMasks const& masks, DeviceSpan<float> states,
               StateColumns where);
  /// Adds the gradient of the latest `forward` (with the same masks) to `gradients`. With
  /// Recompute::layers, `top_is_fresh` says that the shared workspace still is the top layer's.
  void backward(DropoutMasks const& masks, DeviceSpan<float const> d_states, StateColumns where,
                DeviceSpan<float> gradients, bool top_is_fresh);

 private:
  std::size_t batch() const { return shapes_[0].batch; }
  std::size_t steps() const { return shapes_[0].steps; }
  Activations input(std::size_t layer, DropoutMasks const& masks) const;
  Activations output(std::size_t layer) const;
  Activations d_output(std::size_t layer) const;
  void forward_layer(std::size_t layer, DropoutMasks const& masks);

  Backend& backend_;
  std::size_t timeframe_;
  EncoderPieces pieces_;
  bool recompute_layers_;
  Arena arena_;
  std::vector<LstmShape> shapes_;                    // [L]
  std::vector<std::unique_ptr<LstmLayer>> engines_;  // [L]
};

}  // namespace moneta
