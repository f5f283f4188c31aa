// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>

#include "telemetry/record.h"

namespace moneta {

/// An epoch record whose numbers differ from each other and from those of other epochs.
inline EpochRecord numbered_record(std::string const& coin, std::int64_t epoch,
                                   Json device = Json::object()) {
  auto const at = static_cast<double>(epoch);
  EpochRecord record;
  record.coin = coin;
  record.rank = 1;
  record.epoch = epoch;
  record.epochs = 200;
  record.update = 100 * epoch;
  record.train_loss = 1 / (at + 1);
  record.valid_loss = 1.1 / (at + 1);
  record.best_valid_loss = 1.05 / (at + 1);
  record.best_epoch = epoch - 1;
  record.learning_rate = 5e-4 / at;
  record.gradient_norm_mean = 0.3 + at;
  record.gradient_norm_max = 0.7 + at;
  record.skipped_updates = 2 * epoch;
  record.train_seconds = 12.5 + at;
  record.valid_seconds = 1.5 + at;
  record.sequences_per_second = 1234.5 + at;
  record.wait_seconds = 0.25 + at;
  record.host_memory_bytes = 5'000'000'000 + static_cast<std::uint64_t>(epoch);
  record.device = std::move(device);
  return record;
}

/// The device summary of a rank with a GPU.
inline Json gpu_of_epoch() {
  return {{"kind", "gpu"},
          {"samples", 30},
          {"memory_max_bytes", 11'000'000'000},
          {"memory_total_bytes", 12'884'901'888},
          {"process_max_bytes", 10'500'000'000},
          {"temperature_max_c", 71.0},
          {"power_mean_w", 320.5},
          {"power_limit_w", 345.0},
          {"utilisation_mean_percent", 97.0},
          {"memory_utilisation_mean_percent", 50.0},
          {"sm_clock_mean_mhz", 1700.0},
          {"throttled_share", 0.25},
          {"throttle_reasons", {{"power_cap", 0.25}}},
          {"other_processes_max", 0}};
}

}  // namespace moneta
