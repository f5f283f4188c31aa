// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "backend/backend.h"
#include "model/dropout_masks.h"
#include "model/memory.h"
#include "model/state_columns.h"
#include "model/transformer_shape.h"

namespace moneta {

/// The Transformer blocks of one timeframe, which follow its LSTM layers:
/// torch.nn.TransformerEncoder with pre-norm layers (norm_first), ReLU and a final norm, without a
/// mask, over the outputs y [T,N,d] of the top LSTM layer, d = D * H. The mean over time of its
/// result is the state that the head receives.
///
/// Sequences do not depend on each other, so they are processed a few at a time, in float32, and
/// nothing is kept: the backward pass repeats the forward pass of the same sequences. The attention
/// weights of all sequences never exist at once.
///
/// All buffers are in the scratch of the forecaster's arena. Parameters are read in place.
class Transformer {
 public:
  Transformer(Backend& backend, ForecasterShape const& shape, std::size_t timeframe,
              BufferRange scratch, Arena arena);

  /// Number of parameters of all blocks and the final norm, which are contiguous.
  std::size_t parameters() const;

  /// Writes its columns of states [N,C] from y [T,N,d].
  void forward(Activations y, DeviceSpan<float const> params, DropoutMasks const& masks,
               DeviceSpan<float> states, StateColumns columns);
  /// Computes dy [T,N,d] and adds the gradient of `params` to `gradients`, for the same y, params
  /// and masks as in the latest `forward`. The gradient of the bias of keys is 0: softmax removes
  /// what it adds to all scores of a query, so that only rounding would remain.
  void backward(Activations y, DeviceSpan<float const> params, DropoutMasks const& masks,
                DeviceSpan<float const> d_states, StateColumns columns, Activations dy,
                DeviceSpan<float> gradients);

 private:
  /// Calls work(pass) for a few sequences at a time.
  template <class Work>
  void for_each_pass(DeviceSpan<float const> params, DropoutMasks const& masks, Work const& work);

  Backend& backend_;
  TransformerShape shape_;
  std::size_t timeframe_;
  BufferRange scratch_;
  Arena arena_;
};

}  // namespace moneta
