// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "backend/backend.h"
#include "model/forecaster.h"

namespace moneta {

/// Where a buffer lies in the forecaster's one allocation.
struct Piece {
  std::size_t offset = 0, bytes = 0;
};

/// The buffers of one timeframe's stack. For training every layer keeps its own, except that with
/// Recompute::layers all share one workspace and one `dropped`, and with Recompute::timeframes all
/// timeframes lie in the same place. Without training the input is shared by all timeframes and the
/// outputs are two buffers in turn.
struct EncoderPieces {
  Piece input;                    ///< x of layer 0 [T,N,padded F]
  std::vector<Piece> outputs;     ///< [L] y [T,N,DH]
  std::vector<Piece> dropped;     ///< [L-1] y after dropout, x of the next layer; or empty
  std::vector<Piece> workspaces;  ///< [L] empty pieces without training
  Piece d_outputs[2];             ///< training: gradients [T,N,DH] in turn, shared by timeframes
  Piece scratch;                  ///< shared by all layers
};

/// The buffers of the head, float32; C = timeframes * D * H.
struct HeadPieces {
  Piece states, d_states;          ///< [N,C]
  Piece hidden, d_hidden;          ///< [N,H]
  Piece prediction, d_prediction;  ///< [N]
};

/// All buffers of a forecaster; from the shape alone, so that planning and making cannot differ.
struct ForecasterMemory {
  std::vector<EncoderPieces> encoders;  ///< [K]
  HeadPieces head;
  ForecasterBytes bytes;
  std::size_t arena_bytes = 0;  ///< activations + workspace + scratch
};
ForecasterMemory plan_memory(DeviceFacts const& device, ForecasterShape const& shape);

/// Forward passes that a backward adds, as parts of one forward of the whole model.
double recomputed_share(ForecasterShape const& shape);

/// Layer `layer` of timeframe `timeframe`.
LstmShape layer_shape(ForecasterShape const& shape, std::size_t timeframe, std::size_t layer);

/// Typed views of the pieces of one allocation.
class Arena {
 public:
  explicit Arena(std::byte* base) : base_(base) {}

  DeviceSpan<std::byte> bytes(Piece piece) const {
    return {piece.bytes == 0 ? nullptr : base_ + piece.offset, piece.bytes};
  }
  DeviceSpan<float> floats(Piece piece, std::size_t count) const {
    return {static_cast<float*>(at(piece)), count};
  }
  Activations activations(Piece piece, std::size_t count, Precision precision) const {
    return {at(piece), count, precision};
  }

 private:
  void* at(Piece piece) const { return base_ + piece.offset; }

  std::byte* base_;
};

}  // namespace moneta
