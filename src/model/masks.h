// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "backend/backend.h"
#include "base/philox.h"

namespace moneta {

/// The dropout of one forward and backward: functions of the key, the place in the model and the
/// window, never of the batch that a window happens to be in.
struct DropoutMasks {
  std::uint64_t key = 0;
  double probability = 0;                   ///< 0 = no dropout
  DeviceSpan<std::uint64_t const> samples;  ///< [N]

  bool on() const { return probability > 0; }
  /// After layer `layer` (not the last) of timeframe `timeframe`.
  DropoutSite after_layer(std::size_t timeframe, std::size_t layer) const {
    return place(timeframe + 1, layer);
  }
  /// On the input of the head's linear layer `index` (0 or 1).
  DropoutSite head(std::size_t index) const { return place(0, index); }

 private:
  DropoutSite place(std::uint64_t part, std::uint64_t index) const {
    PhiloxWords const words = philox(key, part, index);
    return {(std::uint64_t{words.word[0]} << 32) | words.word[1], probability};
  }
};

}  // namespace moneta
