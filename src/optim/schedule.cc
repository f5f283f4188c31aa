// SPDX-License-Identifier: Apache-2.0
#include "optim/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/error.h"

namespace moneta {

double learning_rate_at(TrainConfig const& train, std::int64_t updates_per_epoch,
                        std::int64_t update) {
  MONETA_REQUIRE(
      updates_per_epoch > 0 && update >= 0, internal,
      "no learning rate for update {} with {} updates per epoch (they must be at least 0 and 1)",
      update, updates_per_epoch);
  ScheduleConfig const& schedule = train.schedule;
  bool const is_cosine = schedule.name == "cosine";
  MONETA_REQUIRE(is_cosine || schedule.name == "constant", config,
                 "train.schedule.name is '{}' (known: cosine, constant). Change it?",
                 schedule.name);

  double const base = train.optimizer.learning_rate;
  std::int64_t const warmup = static_cast<std::int64_t>(
      std::llround(schedule.warmup_epochs * static_cast<double>(updates_per_epoch)));
  if (update < warmup) return base * static_cast<double>(update + 1) / static_cast<double>(warmup);
  if (!is_cosine) return base;

  std::int64_t const last = updates_per_epoch * static_cast<std::int64_t>(train.epochs) - 1;
  if (last <= warmup) return base;  // a run of one update, or warm-up for all updates but one
  double const progress =
      std::min(1.0, static_cast<double>(update - warmup) / static_cast<double>(last - warmup));
  double const lowest = schedule.final_fraction * base;
  return lowest + (base - lowest) * 0.5 * (1 + std::cos(std::numbers::pi * progress));
}

}  // namespace moneta
