// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace moneta {

/// Activation recomputation (gradient checkpointing): which forward passes the backward pass
/// repeats instead of keeping their activations. It trades time for memory and changes no number.
struct Recompute {
  bool layers = false;      ///< each layer's forward pass, from the output of the layer below
  bool timeframes = false;  ///< each timeframe's forward pass, from its windows
  bool operator==(Recompute const&) const = default;
};

}  // namespace moneta
