// SPDX-License-Identifier: Apache-2.0
#include "model/encoder.h"

#include <utility>

namespace moneta {

Encoder::Encoder(Backend& backend, ForecasterShape const& shape, std::size_t timeframe,
                 EncoderBuffers buffers, Arena arena)
    : backend_(backend),
      timeframe_(timeframe),
      buffers_(std::move(buffers)),
      recompute_layers_(shape.recompute.layers),
      arena_(arena) {
  for (std::size_t l = 0; l < shape.model.layers; ++l) {
    shapes_.push_back(layer_shape(shape, timeframe, l));
    layers_.push_back(backend.make_lstm(shapes_.back()));
  }
  if (shape.model.transformer.enabled) {
    transformer_.emplace(backend, shape, timeframe, buffers_.transformer, arena);
  }
}

std::size_t Encoder::lstm_parameters() const {
  std::size_t sum = 0;
  for (LstmShape const& shape : shapes_) sum += shape.parameters();
  return sum;
}

std::size_t Encoder::parameters() const {
  return lstm_parameters() + (transformer_ ? transformer_->parameters() : 0);
}

void Encoder::load_parameters(DeviceSpan<float const> params) {
  std::size_t offset = 0;
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    layers_[l]->load_parameters(params.subspan(offset, shapes_[l].parameters()));
    offset += shapes_[l].parameters();
  }
  transformer_params_ = params.subspan(offset, params.size() - offset);
}

/// x of a layer: the windows, or the output of the layer below after dropout.
Activations Encoder::input(std::size_t layer, DropoutMasks const& masks) const {
  LstmShape const& shape = shapes_[layer];
  if (layer == 0) {
    std::size_t const size = shape.steps * shape.batch * shape.inputs;
    return arena_.activations(buffers_.input, size, shape.precision);
  }
  if (!masks.on()) return output(layer - 1);
  Activations below = output(layer - 1);
  return arena_.activations(buffers_.dropped[layer - 1], below.size, below.precision);
}

Activations Encoder::output(std::size_t layer) const {
  LstmShape const& shape = shapes_[layer];
  std::size_t const size = shape.steps * shape.batch * shape.outputs();
  return arena_.activations(buffers_.outputs[layer], size, shape.precision);
}

/// Gradient of a layer's output. From the top layer down, the layers alternate between two buffers.
Activations Encoder::d_output(std::size_t layer) const {
  LstmShape const& shape = shapes_[layer];
  std::size_t const size = shape.steps * shape.batch * shape.outputs();
  std::size_t const buffer = (shapes_.size() - 1 - layer) % 2;
  return arena_.activations(buffers_.d_outputs[buffer], size,
                            backend_.gradient_precision(shape.precision));
}

/// Gradient of a layer's input. Empty if it is not computed.
Activations Encoder::d_input(std::size_t layer) const {
  if (layer > 0) return d_output(layer - 1);
  LstmShape const& shape = shapes_[0];
  if (!shape.input_gradient) return {};
  return arena_.activations(buffers_.d_input, shape.steps * shape.batch * shape.inputs,
                            backend_.gradient_precision(shape.precision));
}

void Encoder::forward_layer(std::size_t layer, DropoutMasks const& masks) {
  if (layer > 0 && masks.on()) {
    backend_.dropout(output(layer - 1), steps(), batch(), masks.samples,
                     masks.after_layer(timeframe_, layer - 1), input(layer, masks));
  }
  layers_[layer]->forward(input(layer, masks), output(layer),
                          arena_.bytes(buffers_.workspaces[layer]), arena_.bytes(buffers_.scratch));
}

void Encoder::forward(DeviceWindows const& windows, DropoutMasks const& masks,
                      DeviceSpan<float> states, StateColumns columns) {
  backend_.gather_windows(windows.rows, windows.ends, windows.mean, windows.inverse_stddev, steps(),
                          input(0, masks));
  std::size_t const top = layers_.size() - 1;
  for (std::size_t l = 0; l <= top; ++l) forward_layer(l, masks);
  if (transformer_) {
    transformer_->forward(output(top), transformer_params_, masks, states, columns);
  } else {
    backend_.final_states(output(top), shapes_[top], states, columns.total, columns.first);
  }
}

/// Computes the gradient of the top layer's output.
void Encoder::states_backward(DropoutMasks const& masks, DeviceSpan<float const> d_states,
                              StateColumns columns, DeviceSpan<float> gradients,
                              GradientPartReady const& part_ready) {
  std::size_t const top = layers_.size() - 1;
  if (!transformer_) {
    backend_.final_states_backward(d_states, shapes_[top], columns.total, columns.first,
                                   d_output(top));
    return;
  }
  GradientPart const part{lstm_parameters(), transformer_->parameters()};
  transformer_->backward(output(top), transformer_params_, masks, d_states, columns, d_output(top),
                         gradients.subspan(part.offset, part.count));
  part_ready(part);
}

void Encoder::backward(DropoutMasks const& masks, DeviceSpan<float const> d_states,
                       StateColumns columns, DeviceSpan<float> gradients, bool top_is_fresh,
                       GradientPartReady const& part_ready) {
  std::size_t const top = layers_.size() - 1;
  states_backward(masks, d_states, columns, gradients, part_ready);
  std::size_t end = lstm_parameters();
  for (std::size_t l = top + 1; l-- > 0;) {
    std::size_t const count = shapes_[l].parameters();
    end -= count;
    if (recompute_layers_ && !(l == top && top_is_fresh)) forward_layer(l, masks);
    Activations const dx = d_input(l);
    layers_[l]->backward(input(l, masks), output(l), d_output(l),
                         arena_.bytes(buffers_.workspaces[l]), arena_.bytes(buffers_.scratch), dx,
                         gradients.subspan(end, count));
    part_ready({end, count});
    if (l > 0 && masks.on()) {
      backend_.dropout(dx, steps(), batch(), masks.samples, masks.after_layer(timeframe_, l - 1),
                       dx);
    }
  }
}

}  // namespace moneta
