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
      "learning rate of update {} of {} per epoch (both must be counted before training)", update,
      updates_per_epoch);
  ScheduleConfig const& schedule = train.schedule;
  bool const cosine = schedule.name == "cosine";
  MONETA_REQUIRE(cosine || schedule.name == "constant", config,
                 "train.schedule.name is '{}' (known: cosine, constant). Change it?",
                 schedule.name);

  double const base = train.optimizer.learning_rate;
  std::int64_t const warmup = static_cast<std::int64_t>(
      std::llround(schedule.warmup_epochs * static_cast<double>(updates_per_epoch)));
  if (update < warmup) return base * static_cast<double>(update + 1) / static_cast<double>(warmup);
  if (!cosine) return base;

  std::int64_t const last = updates_per_epoch * static_cast<std::int64_t>(train.epochs) - 1;
  if (last <= warmup) return base;  // a run of one update, or all but one are warm-up
  double const progress =
      std::min(1.0, static_cast<double>(update - warmup) / static_cast<double>(last - warmup));
  double const lowest = schedule.final_fraction * base;
  return lowest + (base - lowest) * 0.5 * (1 + std::cos(std::numbers::pi * progress));
}

}  // namespace moneta
