// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "backend/backend.h"
#include "config/config.h"

namespace moneta {

/// The outcome of one update.
struct UpdateResult {
  double gradient_norm = 0;  ///< before clipping
  bool applied = true;       ///< false: the norm was not finite, and nothing was changed
};

struct PlannedUpdate {
  UpdateResult result;
  AdamwStep adamw;  ///< for Backend::adamw or MomentStream::update, if result.applied
};

/// Plans the update number `step` (counted from 1, applied updates only) for gradients [P]: the
/// gradient is clipped to a global norm of clip_norm, like torch.nn.utils.clip_grad_norm_, and
/// AdamW follows Loshchilov, Hutter, "Decoupled weight decay regularization", ICLR 2019, alg. 2. A
/// gradient with a non-finite norm must not be applied. The gradients are those of the loss times
/// `loss_scale`; the norm and the update are those of the loss itself. Waits for the norm. Throws
/// Error (config) if config.name is unknown.
PlannedUpdate plan_update(Backend& backend, OptimizerConfig const& config, double learning_rate,
                          std::int64_t step, DeviceSpan<float const> gradients,
                          double loss_scale = 1);

}  // namespace moneta
