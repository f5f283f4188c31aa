// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "config/config.h"
#include "model/forecaster.h"

namespace moneta {

/// Sizes of the Transformer blocks of one timeframe. M rows are the T steps of S sequences that are
/// processed at once.
struct TransformerShape {
  std::size_t steps = 0;   ///< T
  std::size_t batch = 0;   ///< N
  std::size_t width = 0;   ///< d: columns of the block's input, D * H
  std::size_t inner = 0;   ///< f: columns between the two linear layers of the feedforward part
  std::size_t heads = 0;   ///< h; each has width / heads columns
  std::size_t blocks = 0;  ///< B
  bool training = true;
  bool dropout = false;

  std::size_t head_width() const { return width / heads; }
  /// S: an eighth of the batch, at least 1.
  std::size_t sequences_at_once() const { return (batch + 7) / 8; }
  /// Floats of attention weights of S sequences [S,h,T,T].
  std::size_t scores(std::size_t sequences) const { return sequences * heads * steps * steps; }
  std::size_t rows(std::size_t sequences) const { return sequences * steps; }
  std::size_t block_parameters() const {
    return (4 * width + 4) * width + (2 * inner + 5) * width + inner;
  }
  std::size_t parameters() const { return blocks * block_parameters() + 2 * width; }
};

TransformerShape transformer_shape(ForecasterShape const& shape, std::size_t timeframe);

/// round(feedforward * width), at least 1.
std::size_t inner_width(TransformerConfig const& config, std::size_t width);

/// Bytes of the buffers of sequences_at_once() sequences; each is aligned like those of the arena.
std::size_t transformer_scratch_bytes(TransformerShape const& shape);

}  // namespace moneta
