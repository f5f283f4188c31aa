// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/loss_scaler_state.h"

namespace moneta {

/// Dynamic loss scaling for Precision::fp16, as torch.amp.GradScaler: the loss of an update is
/// multiplied by `scale`, so that small gradients do not become 0, and its gradient is divided by
/// it again. A scale that is too large makes gradients infinite; then the update is skipped and the
/// scale is halved. After 2000 applied updates in a row it is doubled. All scales are powers of
/// two, so the scaling itself rounds nothing.
class LossScaler {
 public:
  LossScaler() = default;
  /// Continues from a checkpoint. Throws Error (data) if no scaler can have this state.
  explicit LossScaler(LossScalerState const& state);

  /// Factor for the loss of the next update, and PlannedUpdate's loss_scale.
  double scale() const { return state_.scale; }
  /// To be called after every update; `applied` is UpdateResult::applied.
  void update(bool applied);
  /// To be called when the coin returns to an earlier state whose scaler had the state `earlier`.
  /// If the scale was lowered since then, it stays lower: the earlier one would overflow again. An
  /// exhausted scale is given up, because the scale was not what made the gradients infinite.
  void roll_back(LossScalerState const& earlier);
  /// Whether a smaller scale would not help: even the loss itself gave an infinite or undefined
  /// gradient.
  bool is_exhausted() const { return state_.scale < 1; }
  LossScalerState const& state() const { return state_; }

 private:
  LossScalerState state_;
};

}  // namespace moneta
