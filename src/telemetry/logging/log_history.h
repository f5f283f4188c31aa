// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include "telemetry/record.h"

namespace moneta {

/// What the epoch logs of a run's log folder tell, by time. `unreadable` counts the lines and
/// files that are damaged; what earlier versions did not log is 0, losses are NaN.
struct EpochHistory {
  std::vector<EpochRecord> epochs;
  std::size_t unreadable = 0;
};
EpochHistory read_epoch_history(std::filesystem::path const& log_folder);

}  // namespace moneta
