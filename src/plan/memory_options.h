// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/recompute.h"

namespace moneta {

/// What a plan may do to save memory, and what it may do with memory that is left. No option
/// changes a result of the training, except that `share_model` changes the rounding of validation
/// losses.
struct MemoryOptions {
  Recompute recompute = {};        ///< activations that the backward pass recomputes
  bool offload_inactive = false;   ///< keep parameters and moments of inactive coins on the host
  bool share_model = false;        ///< evaluate with the training model, in its micro-batches
  bool offload_optimizer = false;  ///< keep the moments of all coins on the host and stream them
  /// Takes more memory: compute gradients of weights concurrently with the backward pass of the
  /// next layer. Only with memory that no other option has a use for.
  bool overlap_weight_gradients = false;
  bool operator==(MemoryOptions const&) const = default;
};

/// "recompute layers and timeframes, offload inactive coins, share one model"; "keep everything";
/// "keep everything, overlap weight gradients".
std::string to_text(MemoryOptions const& options);

}  // namespace moneta
