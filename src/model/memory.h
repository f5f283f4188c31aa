// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "backend/backend.h"
#include "model/forecaster.h"

namespace moneta {

/// Of every buffer in the arena: for cache lines of CPUs and vector loads of GPUs.
inline constexpr std::size_t arena_alignment = 256;

/// The position of a buffer in the arena.
struct BufferRange {
  std::size_t offset = 0, bytes = 0;
};

/// The buffers of one timeframe's stack. For training, every layer has its own buffers, except that
/// with Recompute::layers all layers share one workspace and one `dropped` buffer, and with
/// Recompute::timeframes all timeframes use the same memory. Without training, all timeframes share
/// one input, and the layers alternate between two outputs.
struct EncoderBuffers {
  BufferRange input;                 ///< x of layer 0 [T,N,padded F]
  std::vector<BufferRange> outputs;  ///< [L] y [T,N,DH]
  std::vector<BufferRange> dropped;  ///< [L-1] y after dropout, x of the next layer; empty without
  std::vector<BufferRange> workspaces;  ///< [L] of size 0 without training
  BufferRange d_outputs[2];  ///< training: dy [T,N,DH], alternating; all timeframes share
  /// dx of layer 0 [T,N,padded F], with overlap_weight_gradients; all timeframes share. It is never
  /// read, but a library that writes it to the scratch would have to wait for the gradient of the
  /// weights of layer 1, which uses the scratch at that time.
  BufferRange d_input;
  BufferRange scratch;  ///< shared by all layers
  /// Of the Transformer blocks, shared by all timeframes. It is the same memory as `scratch`,
  /// except with overlap_weight_gradients: then layers of the previous timeframe may still use
  /// that.
  BufferRange transformer;
};

/// The buffers of the head, float32; C = timeframes * D * H.
struct HeadBuffers {
  BufferRange states, d_states;          ///< [N,C]
  BufferRange hidden, d_hidden;          ///< [N,H]
  BufferRange prediction, d_prediction;  ///< [N]
};

/// All buffers of a forecaster. They depend only on its shape, so that the planner and the
/// allocation agree.
struct ForecasterMemory {
  std::vector<EncoderBuffers> encoders;  ///< [K]
  HeadBuffers head;
  ForecasterBytes bytes;
  std::size_t arena_bytes = 0;  ///< activations + workspace + scratch
};
ForecasterMemory plan_memory(DeviceFacts const& device, ForecasterShape const& shape);

/// The work of recomputation in a backward pass, relative to one forward pass of the model.
double recomputed_share(ForecasterShape const& shape);

LstmShape layer_shape(ForecasterShape const& shape, std::size_t timeframe, std::size_t layer);

/// Typed views of the buffers in one allocation.
class Arena {
 public:
  explicit Arena(std::byte* base) : base_(base) {}

  DeviceSpan<std::byte> bytes(BufferRange range) const {
    return {range.bytes == 0 ? nullptr : base_ + range.offset, range.bytes};
  }
  DeviceSpan<float> floats(BufferRange range, std::size_t count) const {
    return {static_cast<float*>(at(range)), count};
  }
  Activations activations(BufferRange range, std::size_t count, Precision precision) const {
    return {at(range), count, precision};
  }

 private:
  void* at(BufferRange range) const { return base_ + range.offset; }

  std::byte* base_;
};

}  // namespace moneta
