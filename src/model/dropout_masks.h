// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "backend/backend.h"
#include "base/philox.h"

namespace moneta {

/// The dropout masks of one forward and backward pass. They are functions of the key, the dropout
/// site and the window, and do not depend on the batch that contains the window.
struct DropoutMasks {
  std::uint64_t key = 0;
  double probability = 0;                   ///< 0: no dropout
  DeviceSpan<std::uint64_t const> samples;  ///< [N] key of each window

  bool on() const { return probability > 0; }
  /// After layer `layer` (not the last) of timeframe `timeframe`.
  DropoutSite after_layer(std::size_t timeframe, std::size_t layer) const {
    return site(timeframe + 1, layer);
  }
  /// In Transformer block `block` of timeframe `timeframe`; `place` distinguishes the operations of
  /// a block, of which there are fewer than 16.
  DropoutSite in_block(std::size_t timeframe, std::size_t block, std::size_t place) const {
    return site(timeframe + 1, first_of_blocks + 16 * block + place);
  }
  /// At the input of linear layer `index` (0 or 1) of the head.
  DropoutSite head(std::size_t index) const { return site(0, index); }

 private:
  /// A model has fewer LSTM layers.
  static constexpr std::uint64_t first_of_blocks = std::uint64_t{1} << 32;

  DropoutSite site(std::uint64_t part, std::uint64_t index) const {
    PhiloxWords const words = philox(key, part, index);
    return {(std::uint64_t{words.word[0]} << 32) | words.word[1], probability};
  }
};

}  // namespace moneta
