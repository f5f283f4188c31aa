// SPDX-License-Identifier: Apache-2.0
#include "model/transformer_pass.h"

#include <cmath>

#include "model/memory.h"

namespace moneta {
namespace {

/// Cuts arrays of floats from memory, one after the other.
class Cutter {
 public:
  explicit Cutter(std::byte* memory) : memory_(memory) {}

  DeviceSpan<float> take(std::size_t elements) {
    auto* const at = memory_ == nullptr ? nullptr : reinterpret_cast<float*>(memory_ + bytes_);
    bytes_ += (elements * sizeof(float) + arena_alignment - 1) / arena_alignment * arena_alignment;
    return {at, elements};
  }
  std::size_t bytes() const { return bytes_; }

 private:
  std::byte* memory_;
  std::size_t bytes_ = 0;
};

TransformerBuffers cut_buffers(TransformerShape const& shape, std::size_t sequences,
                               Cutter& cutter) {
  std::size_t const rows = shape.rows(sequences), size = rows * shape.width;
  std::size_t const scores = shape.scores(sequences);
  TransformerBuffers buffers;
  for (std::size_t b = 0; b <= shape.blocks; ++b) {
    // Without a backward pass, each block replaces its input by its output.
    buffers.x.push_back(b > 0 && !shape.training ? buffers.x[0] : cutter.take(size));
  }
  for (auto* const each : {&buffers.normal1, &buffers.normal2, &buffers.query, &buffers.key,
                           &buffers.value, &buffers.context, &buffers.x1, &buffers.scratch}) {
    *each = cutter.take(size);
  }
  for (auto* const each : {&buffers.moments1, &buffers.moments2, &buffers.moments}) {
    *each = cutter.take(2 * rows);
  }
  buffers.weights = cutter.take(scores);
  bool const drops = shape.training && shape.dropout;
  buffers.dropped_weights = drops ? cutter.take(scores) : buffers.weights;
  buffers.inner = cutter.take(rows * shape.inner);
  if (!shape.training) return buffers;
  for (auto* const each : {&buffers.d_x, &buffers.scratch2, &buffers.scratch3}) {
    *each = cutter.take(size);
  }
  buffers.d_inner = cutter.take(rows * shape.inner);
  buffers.d_weights = cutter.take(scores);
  buffers.discarded = cutter.take(shape.width);
  return buffers;
}

TransformerBuffers buffers_at(TransformerShape const& shape, std::size_t sequences,
                              std::byte* memory) {
  Cutter cutter(memory);
  return cut_buffers(shape, sequences, cutter);
}

}  // namespace

std::size_t transformer_scratch_bytes(TransformerShape const& shape) {
  Cutter cutter(nullptr);
  (void)cut_buffers(shape, shape.sequences_at_once(), cutter);
  return cutter.bytes();
}

TransformerPass::TransformerPass(Backend& backend, TransformerShape const& shape,
                                 SequenceRange const& range, DeviceSpan<float const> params,
                                 DropoutMasks const& masks, std::size_t timeframe,
                                 std::byte* memory)
    : backend_(backend),
      shape_(shape),
      range_(range),
      params_(params),
      masks_(masks),
      timeframe_(timeframe),
      buffers_(buffers_at(shape, range.count, memory)) {}

float TransformerPass::score_scale() const {
  return static_cast<float>(1 / std::sqrt(static_cast<double>(shape_.head_width())));
}

/// A product for every sequence and head.
BatchedProduct TransformerPass::product(bool transpose_a, bool transpose_b, std::size_t m,
                                        std::size_t n, std::size_t k) const {
  return {transpose_a, transpose_b, range_.count * shape_.heads, m, n, k};
}

/// out = in after dropout; does nothing without dropout.
void TransformerPass::drop(DeviceSpan<float> in, std::size_t block, Site site,
                           DeviceSpan<float> out) {
  if (!masks_.on()) return;
  backend_.dropout({in.data(), in.size(), Precision::f32}, 1, range_.count,
                   masks_.samples.subspan(range_.first, range_.count),
                   masks_.in_block(timeframe_, block, static_cast<std::size_t>(site)),
                   {out.data(), out.size(), Precision::f32});
}

void TransformerPass::project(DeviceSpan<float const> weight, DeviceSpan<float const> bias,
                              DeviceSpan<float> by_head) {
  backend_.linear(buffers_.normal1, weight, bias, buffers_.scratch);
  backend_.split_heads(heads(), buffers_.scratch, by_head);
}

/// x1 = x + attention(norm1(x))
void TransformerPass::attend(std::size_t block) {
  auto const p = block_parameters(shape_, params_, block);
  auto const& b = buffers_;
  std::size_t const steps = shape_.steps, width = shape_.head_width();
  backend_.layer_norm(b.x[block], p.norm1_weight, p.norm1_bias, b.normal1, b.moments1);
  project(p.query_weight, p.query_bias, b.query);
  project(p.key_weight, p.key_bias, b.key);
  project(p.value_weight, p.value_bias, b.value);
  backend_.multiply(product(false, true, steps, steps, width), b.query, b.key, b.weights);
  backend_.softmax(b.weights, steps, score_scale());
  drop(b.weights, block, Site::weights, b.dropped_weights);
  backend_.multiply(product(false, false, steps, width, steps), used_weights(), b.value, b.scratch);
  backend_.merge_heads(heads(), b.scratch, b.context);
  backend_.linear(b.context, p.out_weight, p.out_bias, b.scratch);
  drop(b.scratch, block, Site::attention, b.scratch);
  backend_.add(b.x[block], b.scratch, b.x1);
}

/// x of the next block = x1 + feedforward(norm2(x1))
void TransformerPass::feed_forward(std::size_t block) {
  auto const p = block_parameters(shape_, params_, block);
  auto const& b = buffers_;
  backend_.layer_norm(b.x1, p.norm2_weight, p.norm2_bias, b.normal2, b.moments2);
  backend_.linear(b.normal2, p.inner_weight, p.inner_bias, b.inner);
  backend_.relu(b.inner);
  drop(b.inner, block, Site::inner, b.inner);
  backend_.linear(b.inner, p.outer_weight, p.outer_bias, b.scratch);
  drop(b.scratch, block, Site::feedforward, b.scratch);
  backend_.add(b.x1, b.scratch, b.x[block + 1]);
}

void TransformerPass::run_block(std::size_t block) {
  attend(block);
  feed_forward(block);
}

void TransformerPass::forward(Activations y) {
  backend_.read_sequences(y, range_, buffers_.x[0]);
  for (std::size_t block = 0; block < shape_.blocks; ++block) run_block(block);
}

namespace {

/// Weight and bias of the final norm.
template <class T>
std::pair<DeviceSpan<T>, DeviceSpan<T>> final_norm(TransformerShape const& shape,
                                                   DeviceSpan<T> params) {
  std::size_t const at = shape.blocks * shape.block_parameters();
  return {params.subspan(at, shape.width), params.subspan(at + shape.width, shape.width)};
}

}  // namespace

void TransformerPass::write_states(DeviceSpan<float> states, std::size_t columns,
                                   std::size_t column) {
  auto const [weight, bias] = final_norm(shape_, params_);
  backend_.layer_norm(buffers_.x.back(), weight, bias, buffers_.scratch, buffers_.moments);
  backend_.time_mean(buffers_.scratch, range_, states, columns, column);
}

/// d_x, the gradient of the block's output, becomes that of x1.
void TransformerPass::feed_forward_backward(std::size_t block,
                                            BlockParameters<float> const& gradients) {
  auto const p = block_parameters(shape_, params_, block);
  auto const& b = buffers_;
  DeviceSpan<float> const d_added = masks_.on() ? b.scratch : b.d_x;
  drop(b.d_x, block, Site::feedforward, d_added);
  backend_.linear_backward(b.inner, p.outer_weight, d_added, b.d_inner, gradients.outer_weight,
                           gradients.outer_bias);
  drop(b.d_inner, block, Site::inner, b.d_inner);
  // Dropout preserves signs; where it set 0, the gradient is already 0.
  backend_.relu_backward(b.inner, b.d_inner);
  backend_.linear_backward(b.normal2, p.inner_weight, b.d_inner, b.scratch2, gradients.inner_weight,
                           gradients.inner_bias);
  backend_.layer_norm_backward(b.x1, b.moments2, p.norm2_weight, b.scratch2, b.d_x,
                               gradients.norm2_weight, gradients.norm2_bias);
}

/// The gradients of a projection and, in scratch, of its input normal1. Uses scratch2.
void TransformerPass::project_backward(DeviceSpan<float> d_by_head, DeviceSpan<float const> weight,
                                       DeviceSpan<float> d_weight, DeviceSpan<float> d_bias,
                                       InputGradient mode) {
  backend_.merge_heads(heads(), d_by_head, buffers_.scratch2);
  backend_.linear_backward(buffers_.normal1, weight, buffers_.scratch2, buffers_.scratch, d_weight,
                           d_bias, mode);
}

/// d_x, the gradient of x1, becomes that of the block's input.
void TransformerPass::attend_backward(std::size_t block, BlockParameters<float> const& gradients) {
  auto const p = block_parameters(shape_, params_, block);
  auto const& b = buffers_;
  std::size_t const steps = shape_.steps, width = shape_.head_width();
  DeviceSpan<float> const d_added = masks_.on() ? b.scratch : b.d_x;
  drop(b.d_x, block, Site::attention, d_added);
  backend_.linear_backward(b.context, p.out_weight, d_added, b.scratch2, gradients.out_weight,
                           gradients.out_bias);
  backend_.split_heads(heads(), b.scratch2, b.scratch);
  backend_.multiply(product(false, true, steps, steps, width), b.scratch, b.value, b.d_weights);
  backend_.multiply(product(true, false, steps, width, steps), used_weights(), b.scratch,
                    b.scratch3);
  project_backward(b.scratch3, p.value_weight, gradients.value_weight, gradients.value_bias,
                   InputGradient::overwrite);
  drop(b.d_weights, block, Site::weights, b.d_weights);
  backend_.softmax_backward(b.weights, steps, score_scale(), b.d_weights);
  backend_.multiply(product(false, false, steps, width, steps), b.d_weights, b.key, b.scratch3);
  project_backward(b.scratch3, p.query_weight, gradients.query_weight, gradients.query_bias,
                   InputGradient::add);
  backend_.multiply(product(true, false, steps, width, steps), b.d_weights, b.query, b.scratch3);
  project_backward(b.scratch3, p.key_weight, gradients.key_weight, b.discarded, InputGradient::add);
  backend_.layer_norm_backward(b.x[block], b.moments1, p.norm1_weight, b.scratch, b.d_x,
                               gradients.norm1_weight, gradients.norm1_bias);
}

void TransformerPass::backward(DeviceSpan<float const> d_states, std::size_t columns,
                               std::size_t column, Activations dy, DeviceSpan<float> gradients) {
  auto const& b = buffers_;
  auto const [weight, bias] = final_norm(shape_, params_);
  auto const [d_weight, d_bias] = final_norm(shape_, gradients);
  backend_.time_mean_backward(d_states, range_, columns, column, b.scratch2);
  backend_.zero(b.d_x.data(), b.d_x.size() * sizeof(float));
  backend_.layer_norm(b.x.back(), weight, bias, b.scratch, b.moments);
  backend_.layer_norm_backward(b.x.back(), b.moments, weight, b.scratch2, b.d_x, d_weight, d_bias);
  for (std::size_t block = shape_.blocks; block-- > 0;) {
    // The arrays of the last block are still those of the forward pass.
    if (block + 1 < shape_.blocks) run_block(block);
    auto const d = block_parameters(shape_, gradients, block);
    feed_forward_backward(block, d);
    attend_backward(block, d);
  }
  backend_.write_sequences(b.d_x, range_, dy);
}

}  // namespace moneta
