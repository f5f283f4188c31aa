// SPDX-License-Identifier: Apache-2.0
#include "model/head.h"

namespace moneta {

Head::Head(Backend& backend, ForecasterShape const& shape, HeadBuffers const& buffers, Arena arena)
    : backend_(backend),
      batch_(shape.batch),
      hidden_size_(shape.model.hidden),
      columns_((shape.model.bidirectional ? 2 : 1) * shape.model.hidden * shape.timeframes.size()),
      buffers_(buffers),
      arena_(arena) {}

void Head::drop(DeviceSpan<float> values, DropoutMasks const& masks, std::size_t layer) {
  if (!masks.on()) return;
  Activations const view{values.data(), values.size(), Precision::f32};
  backend_.dropout(view, 1, batch_, masks.samples, masks.head(layer), view);
}

void Head::forward(HeadParameters<float const> const& params, DropoutMasks const& masks) {
  DeviceSpan<float> const hidden = arena_.floats(buffers_.hidden, batch_ * hidden_size_);
  drop(states(), masks, 0);
  backend_.linear(states(), params.hidden_weight, params.hidden_bias, hidden);
  backend_.relu(hidden);
  drop(hidden, masks, 1);
  backend_.linear(hidden, params.output_weight, params.output_bias, prediction());
}

void Head::backward(HeadParameters<float const> const& params, DropoutMasks const& masks,
                    HeadParameters<float> const& gradients) {
  DeviceSpan<float> const hidden = arena_.floats(buffers_.hidden, batch_ * hidden_size_);
  DeviceSpan<float> const d_hidden = arena_.floats(buffers_.d_hidden, batch_ * hidden_size_);
  backend_.linear_backward(hidden, params.output_weight, d_prediction(), d_hidden,
                           gradients.output_weight, gradients.output_bias);
  drop(d_hidden, masks, 1);
  // `hidden` is the ReLU output after dropout. Dropout preserves signs; where it set 0, the
  // gradient is already 0.
  backend_.relu_backward(hidden, d_hidden);
  backend_.linear_backward(states(), params.hidden_weight, d_hidden, d_states(),
                           gradients.hidden_weight, gradients.hidden_bias);
  drop(d_states(), masks, 0);
}

}  // namespace moneta
