// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "checkpoint/state.h"

namespace moneta {

// A field that is added to CoinProgress must also be added to each_field; otherwise a resumed run
// loses it.
static_assert(sizeof(CoinProgress) == 18 * 8);

/// Calls visit(name, field) for every field, in the order of the file.
template <class Progress, class Visit>
void each_field(Progress& progress, Visit const& visit) {
  visit("epoch", progress.epoch);
  visit("update_in_epoch", progress.update_in_epoch);
  visit("update", progress.update);
  visit("applied_updates", progress.applied_updates);
  visit("skipped_in_a_row", progress.skipped_in_a_row);
  visit("skipped_updates", progress.skipped_updates);
  visit("rollbacks", progress.rollbacks);
  visit("learning_rate_factor", progress.learning_rate_factor);
  visit("epoch_loss_sum", progress.epoch_loss_sum);
  visit("epoch_norm_sum", progress.epoch_norm_sum);
  visit("epoch_norm_max", progress.epoch_norm_max);
  visit("epoch_skipped", progress.epoch_skipped);
  visit("train_loss", progress.train_loss);
  visit("valid_loss", progress.valid_loss);
  visit("best_valid_loss", progress.best_valid_loss);
  visit("best_epoch", progress.best_epoch);
  visit("stale_epochs", progress.stale_epochs);
  visit("finished", progress.finished);
}

}  // namespace moneta
