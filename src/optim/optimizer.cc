// SPDX-License-Identifier: Apache-2.0
#include "optim/optimizer.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace moneta {

PlannedUpdate plan_update(Backend& backend, OptimizerConfig const& config, double learning_rate,
                          std::int64_t step, DeviceSpan<float const> gradients, double loss_scale) {
  MONETA_REQUIRE(config.name == "adamw", config,
                 "train.optimizer.name is '{}' (known: adamw). Change it?", config.name);
  MONETA_REQUIRE(
      step >= 1, internal,
      "update {} is planned (updates are counted from 1, otherwise AdamW would divide by 0)", step);
  PlannedUpdate update;
  UpdateResult& result = update.result;
  result.gradient_norm = std::sqrt(backend.sum_of_squares(gradients)) / loss_scale;
  result.applied = std::isfinite(result.gradient_norm);
  if (!result.applied) return update;

  double scale = 1;
  if (config.clip_norm > 0) {
    // torch.nn.utils.clip_grad_norm_ adds 1e-6, too.
    scale = std::min(1.0, config.clip_norm / (result.gradient_norm + 1e-6));
  }
  double const t = static_cast<double>(step);
  AdamwStep& adamw = update.adamw;
  adamw.learning_rate = static_cast<float>(learning_rate);
  adamw.beta1 = static_cast<float>(config.beta1);
  adamw.beta2 = static_cast<float>(config.beta2);
  adamw.epsilon = static_cast<float>(config.epsilon);
  adamw.weight_decay = static_cast<float>(config.weight_decay);
  adamw.bias1 = static_cast<float>(1 - std::pow(config.beta1, t));
  adamw.bias2 = static_cast<float>(1 - std::pow(config.beta2, t));
  adamw.gradient_scale = static_cast<float>(scale / loss_scale);
  return update;
}

}  // namespace moneta
