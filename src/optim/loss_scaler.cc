// SPDX-License-Identifier: Apache-2.0
#include "optim/loss_scaler.h"

#include <cmath>

#include "base/error.h"

namespace moneta {
namespace {

constexpr double growth = 2, backoff = 0.5;

}  // namespace

LossScaler::LossScaler(LossScalerState const& state) : state_(state) {
  MONETA_REQUIRE(is_possible(state), data,
                 "a loss scale of {:g} after {} good updates (it must be a power of two, and fewer "
                 "than {}). Is the checkpoint damaged?",
                 state.scale, state.good_updates, loss_scale_growth_interval);
}

void LossScaler::update(bool applied) {
  if (!applied) {
    state_ = {std::fmax(state_.scale * backoff, smallest_loss_scale), 0};
    return;
  }
  if (++state_.good_updates < loss_scale_growth_interval) return;
  state_ = {std::fmin(state_.scale * growth, largest_loss_scale), 0};
}

void LossScaler::roll_back(LossScalerState const& earlier) {
  bool const was_lowered = state_.scale < earlier.scale;
  if (was_lowered && !is_exhausted()) {
    state_.good_updates = 0;
  } else {
    state_ = earlier;
  }
}

}  // namespace moneta
