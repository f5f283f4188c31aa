// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "backend/backend.h"
#include "model/dropout_masks.h"
#include "model/transformer_shape.h"

namespace moneta {

/// The parameters of one block, or their gradients, in their order in the layout, which is that of
/// torch.nn.TransformerEncoderLayer.
template <class T>
struct BlockParameters {
  DeviceSpan<T> query_weight, key_weight, value_weight;  ///< [d,d] each, self_attn.in_proj_weight
  DeviceSpan<T> query_bias, key_bias, value_bias;        ///< [d] each, self_attn.in_proj_bias
  DeviceSpan<T> out_weight, out_bias;                    ///< [d,d], [d]
  DeviceSpan<T> inner_weight, inner_bias;                ///< linear1 [f,d], [f]
  DeviceSpan<T> outer_weight, outer_bias;                ///< linear2 [d,f], [d]
  DeviceSpan<T> norm1_weight, norm1_bias, norm2_weight, norm2_bias;  ///< [d] each
};

/// The arrays of S sequences; M = S * T rows.
struct TransformerBuffers {
  std::vector<DeviceSpan<float>> x;    ///< [B + 1] inputs of the blocks and of the final norm [M,d]
  DeviceSpan<float> normal1, normal2;  ///< outputs of the norms of a block [M,d]
  DeviceSpan<float> moments1, moments2, moments;  ///< of the norms of a block and the final one
  DeviceSpan<float> query, key, value;            ///< [S,h,T,d/h]
  DeviceSpan<float> weights, dropped_weights;     ///< attention weights [S,h,T,T]
  DeviceSpan<float> context;                      ///< [M,d]
  DeviceSpan<float> x1;                           ///< x after attention [M,d]
  DeviceSpan<float> inner;                        ///< after ReLU and dropout [M,f]
  DeviceSpan<float> scratch;                      ///< [M,d]
  // Only for training:
  DeviceSpan<float> d_x, scratch2, scratch3;  ///< [M,d]
  DeviceSpan<float> d_inner;                  ///< [M,f]
  DeviceSpan<float> d_weights;                ///< [S,h,T,T]
  DeviceSpan<float> discarded;                ///< [d]: the gradient of the bias of keys; never read
};

/// One pass over S sequences of a timeframe. The functions of a pass are called in the order
/// forward, then, for training, backward.
class TransformerPass {
 public:
  /// `memory` has transformer_scratch_bytes of the shape, or more.
  TransformerPass(Backend& backend, TransformerShape const& shape, SequenceRange const& range,
                  DeviceSpan<float const> params, DropoutMasks const& masks, std::size_t timeframe,
                  std::byte* memory);

  /// Reads the sequences of y [T,N,d] and runs all blocks, but not the final norm.
  void forward(Activations y);
  /// Writes the mean over time after the final norm to `columns` columns of states from `column`
  /// on.
  void write_states(DeviceSpan<float> states, std::size_t columns, std::size_t column);
  /// Writes the gradient of what `forward` read to dy, and adds that of the parameters.
  void backward(DeviceSpan<float const> d_states, std::size_t columns, std::size_t column,
                Activations dy, DeviceSpan<float> gradients);

 private:
  /// Where dropout happens in a block.
  enum class Site { weights, attention, inner, feedforward };

  HeadShape heads() const { return {shape_.steps, shape_.heads, shape_.head_width()}; }
  float score_scale() const;
  BatchedProduct product(bool transpose_a, bool transpose_b, std::size_t m, std::size_t n,
                         std::size_t k) const;
  void drop(DeviceSpan<float> in, std::size_t block, Site site, DeviceSpan<float> out);
  /// The attention weights that are multiplied by the values.
  DeviceSpan<float> used_weights() const {
    return masks_.on() ? buffers_.dropped_weights : buffers_.weights;
  }
  void project(DeviceSpan<float const> weight, DeviceSpan<float const> bias,
               DeviceSpan<float> by_head);
  void run_block(std::size_t block);
  void attend(std::size_t block);
  void feed_forward(std::size_t block);
  void attend_backward(std::size_t block, BlockParameters<float> const& gradients);
  void feed_forward_backward(std::size_t block, BlockParameters<float> const& gradients);
  void project_backward(DeviceSpan<float> d_by_head, DeviceSpan<float const> weight,
                        DeviceSpan<float> d_weight, DeviceSpan<float> d_bias, InputGradient mode);

  Backend& backend_;
  TransformerShape const& shape_;
  SequenceRange range_;
  DeviceSpan<float const> params_;
  DropoutMasks masks_;
  std::size_t timeframe_;
  TransformerBuffers buffers_;
};

/// Block `block` of the parameters of a timeframe [transformer_shape().parameters()].
template <class T>
BlockParameters<T> block_parameters(TransformerShape const& shape, DeviceSpan<T> params,
                                    std::size_t block) {
  std::size_t const d = shape.width, f = shape.inner;
  std::size_t at = block * shape.block_parameters();
  auto const take = [&](std::size_t count) {
    DeviceSpan<T> const part = params.subspan(at, count);
    at += count;
    return part;
  };
  BlockParameters<T> p;
  for (auto* const each : {&p.query_weight, &p.key_weight, &p.value_weight}) *each = take(d * d);
  for (auto* const each : {&p.query_bias, &p.key_bias, &p.value_bias}) *each = take(d);
  p.out_weight = take(d * d);
  p.out_bias = take(d);
  p.inner_weight = take(f * d);
  p.inner_bias = take(f);
  p.outer_weight = take(d * f);
  p.outer_bias = take(d);
  for (auto* const each : {&p.norm1_weight, &p.norm1_bias, &p.norm2_weight, &p.norm2_bias}) {
    *each = take(d);
  }
  return p;
}

}  // namespace moneta
