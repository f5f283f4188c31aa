// SPDX-License-Identifier: Apache-2.0
#include "model/transformer.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "model/transformer_pass.h"

namespace moneta {

std::size_t inner_width(TransformerConfig const& config, std::size_t width) {
  double const inner = std::round(config.feedforward * static_cast<double>(width));
  return static_cast<std::size_t>(std::max(inner, 1.0));
}

TransformerShape transformer_shape(ForecasterShape const& shape, std::size_t timeframe) {
  TransformerConfig const& config = shape.model.transformer;
  TransformerShape result;
  result.steps = shape.timeframes[timeframe].steps;
  result.batch = shape.batch;
  result.width = (shape.model.bidirectional ? 2 : 1) * shape.model.hidden;
  result.inner = inner_width(config, result.width);
  result.heads = config.heads;
  result.blocks = config.layers;
  result.training = shape.training;
  result.dropout = shape.model.dropout > 0;
  return result;
}

Transformer::Transformer(Backend& backend, ForecasterShape const& shape, std::size_t timeframe,
                         BufferRange scratch, Arena arena)
    : backend_(backend),
      shape_(transformer_shape(shape, timeframe)),
      timeframe_(timeframe),
      scratch_(scratch),
      arena_(arena) {}

std::size_t Transformer::parameters() const { return shape_.parameters(); }

template <class Work>
void Transformer::for_each_pass(DeviceSpan<float const> params, DropoutMasks const& masks,
                                Work const& work) {
  std::size_t const at_once = shape_.sequences_at_once();
  for (std::size_t first = 0; first < shape_.batch; first += at_once) {
    SequenceRange const range{shape_.steps, shape_.batch, first,
                              std::min(at_once, shape_.batch - first)};
    TransformerPass pass(backend_, shape_, range, params, masks, timeframe_,
                         arena_.bytes(scratch_).data());
    work(pass);
  }
}

void Transformer::forward(Activations y, DeviceSpan<float const> params, DropoutMasks const& masks,
                          DeviceSpan<float> states, StateColumns columns) {
  for_each_pass(params, masks, [&](TransformerPass& pass) {
    pass.forward(y);
    pass.write_states(states, columns.total, columns.first);
  });
}

void Transformer::backward(Activations y, DeviceSpan<float const> params, DropoutMasks const& masks,
                           DeviceSpan<float const> d_states, StateColumns columns, Activations dy,
                           DeviceSpan<float> gradients) {
  for_each_pass(params, masks, [&](TransformerPass& pass) {
    pass.forward(y);
    pass.backward(d_states, columns.total, columns.first, dy, gradients);
  });
}

}  // namespace moneta
