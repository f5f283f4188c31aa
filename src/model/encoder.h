// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "backend/backend.h"
#include "model/dropout_masks.h"
#include "model/forecaster.h"
#include "model/memory.h"
#include "model/state_columns.h"
#include "model/transformer.h"

namespace moneta {

/// The stack of LSTM layers of one timeframe and, if the model has them, its Transformer blocks:
/// from the windows to the states, which are the final states of the top layer or the mean over
/// time of what the blocks make of its output. Its buffers are in the forecaster's arena, which
/// must outlive it.
class Encoder {
 public:
  Encoder(Backend& backend, ForecasterShape const& shape, std::size_t timeframe,
          EncoderBuffers buffers, Arena arena);

  /// Number of parameters of all layers and blocks, which are contiguous.
  std::size_t parameters() const;
  void load_parameters(DeviceSpan<float const> params);

  /// Writes its columns of states [N,C].
  void forward(DeviceWindows const& windows, DropoutMasks const& masks, DeviceSpan<float> states,
               StateColumns columns);
  /// Adds the gradient of the latest `forward` with the same masks to `gradients`. With
  /// Recompute::layers, `top_is_fresh` means that the shared workspace still contains that of the
  /// top layer. Calls `part_ready` for the part of `gradients` of all Transformer blocks, if there
  /// are any, and then of each layer, from the top layer down.
  void backward(DropoutMasks const& masks, DeviceSpan<float const> d_states, StateColumns columns,
                DeviceSpan<float> gradients, bool top_is_fresh,
                GradientPartReady const& part_ready);

 private:
  std::size_t batch() const { return shapes_[0].batch; }
  std::size_t steps() const { return shapes_[0].steps; }
  Activations input(std::size_t layer, DropoutMasks const& masks) const;
  Activations output(std::size_t layer) const;
  Activations d_output(std::size_t layer) const;
  Activations d_input(std::size_t layer) const;
  void forward_layer(std::size_t layer, DropoutMasks const& masks);
  std::size_t lstm_parameters() const;
  void states_backward(DropoutMasks const& masks, DeviceSpan<float const> d_states,
                       StateColumns columns, DeviceSpan<float> gradients,
                       GradientPartReady const& part_ready);

  Backend& backend_;
  std::size_t timeframe_;
  EncoderBuffers buffers_;
  bool recompute_layers_;
  Arena arena_;
  std::vector<LstmShape> shapes_;                   // [L]
  std::vector<std::unique_ptr<LstmLayer>> layers_;  // [L]
  std::optional<Transformer> transformer_;
  DeviceSpan<float const> transformer_params_;  // the caller's
};

}  // namespace moneta
