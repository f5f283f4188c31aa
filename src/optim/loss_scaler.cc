// SPDX-License-Identifier: Apache-2.0
#include "optim/loss_scaler.h"

#include <cmath>

#include "base/error.h"

namespace moneta {
namespace {

constexpr double growth = 2, backoff = 0.5;
constexpr std::int64_t growth_interval = 2000;
/// The scale is multiplied in float32, with 1 / sequences of an update.
constexpr double largest_scale = 0x1p100, smallest_scale = 0x1p-100;

}  // namespace

LossScaler::LossScaler(LossScalerState const& state) : state_(state) {
  int exponent = 0;
  bool const is_power = std::isfinite(state.scale) && std::frexp(state.scale, &exponent) == 0.5;
  MONETA_REQUIRE(is_power && state.scale >= smallest_scale && state.scale <= largest_scale &&
                     state.good_updates >= 0 && state.good_updates < growth_interval,
                 data,
                 "a loss scale of {:g} after {} good updates (it must be a power of two, and fewer "
                 "than {}). Is the checkpoint damaged?",
                 state.scale, state.good_updates, growth_interval);
}

void LossScaler::update(bool applied) {
  if (!applied) {
    state_ = {std::fmax(state_.scale * backoff, smallest_scale), 0};
    return;
  }
  if (++state_.good_updates < growth_interval) return;
  state_ = {std::fmin(state_.scale * growth, largest_scale), 0};
}

}  // namespace moneta
