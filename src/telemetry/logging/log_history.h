// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include "telemetry/record.h"

namespace moneta {

/// The records in the epoch logs of a run, in order of time.
struct EpochHistory {
  std::vector<EpochRecord> epochs;
  std::size_t unreadable = 0;  ///< the number of damaged lines and files
};

/// Reads the epoch logs in `log_folder`. Members that the version that wrote them did not log are
/// 0, or NaN for losses. Never throws because of the files: damaged lines and files are skipped and
/// counted.
EpochHistory read_epoch_history(std::filesystem::path const& log_folder);

}  // namespace moneta
