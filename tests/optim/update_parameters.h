// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "optim/optimizer.h"

namespace moneta {

/// One update as training does it when all moments are on the device. Arrays [P].
inline UpdateResult update_parameters(Backend& backend, OptimizerConfig const& config,
                                      double learning_rate, std::int64_t step,
                                      DeviceSpan<float> params, DeviceSpan<float> m,
                                      DeviceSpan<float> v, DeviceSpan<float const> gradients) {
  PlannedUpdate const update = plan_update(backend, config, learning_rate, step, gradients);
  if (update.result.applied) backend.adamw(update.adamw, params, m, v, gradients);
  return update.result;
}

}  // namespace moneta
