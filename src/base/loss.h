// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>

#include "base/host_device.h"

namespace moneta {

/// The loss of a forecast, as torch.nn.MSELoss and torch.nn.HuberLoss define it.
enum class LossFunction { mse, huber };

/// Loss of one window whose prediction is off by `error`. `delta` is where the Huber loss turns
/// from quadratic to linear; the MSE ignores it.
MONETA_HD inline double loss_of_error(LossFunction function, double delta, double error) {
  if (function == LossFunction::mse) return error * error;
  double const size = std::fabs(error);
  return size <= delta ? 0.5 * error * error : delta * (size - 0.5 * delta);
}

}  // namespace moneta
