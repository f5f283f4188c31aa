// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>

namespace moneta {

/// What a checkpoint keeps of a LossScaler (optim/loss_scaler.h).
struct LossScalerState {
  double scale = 65536;           ///< a power of two
  std::int64_t good_updates = 0;  ///< since the scale last changed
  bool operator==(LossScalerState const&) const = default;
};

/// After this many applied updates in a row the scale is doubled.
inline constexpr std::int64_t loss_scale_growth_interval = 2000;
/// The scale is multiplied in float32, with 1 / sequences of an update.
inline constexpr double largest_loss_scale = 0x1p100, smallest_loss_scale = 0x1p-100;

/// Whether a LossScaler can have this state.
inline bool is_possible(LossScalerState const& state) {
  int exponent = 0;
  bool const is_power = std::isfinite(state.scale) && std::frexp(state.scale, &exponent) == 0.5;
  return is_power && state.scale >= smallest_loss_scale && state.scale <= largest_loss_scale &&
         state.good_updates >= 0 && state.good_updates < loss_scale_growth_interval;
}

}  // namespace moneta
