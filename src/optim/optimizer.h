// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "backend/backend.h"
#include "config/config.h"

namespace moneta {

/// What one update did.
struct UpdateResult {
  double gradient_norm = 0;  ///< before clipping
  bool applied = true;       ///< false: the norm was not finite, nothing was changed
};

/// What an update is going to do with gradients [P]; see `update_parameters`, which does it.
struct PlannedUpdate {
  UpdateResult result;
  AdamwStep adamw;  ///< if result.applied
};
PlannedUpdate plan_update(Backend& backend, OptimizerConfig const& config, double learning_rate,
                          std::int64_t step, DeviceSpan<float const> gradients);

/// Clips the gradient to a global norm of clip_norm (as torch.nn.utils.clip_grad_norm_) and
/// applies AdamW (Loshchilov, Hutter, "Decoupled weight decay regularization", ICLR 2019, alg. 2).
/// Arrays [P] on the backend. `step` counts applied updates from 1. A gradient that is not finite
/// is not applied and reported.
UpdateResult update_parameters(Backend& backend, OptimizerConfig const& config,
                               double learning_rate, std::int64_t step, DeviceSpan<float> params,
                               DeviceSpan<float> m, DeviceSpan<float> v,
                               DeviceSpan<float const> gradients);

}  // namespace moneta
