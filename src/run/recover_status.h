// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "run/run_folder.h"
#include "run/status_report.h"

namespace moneta {

/// Fills in the status and the age of a run without a valid status.json from its epoch logs, its
/// checkpoint index and config.json. Files that cannot be read become notes.
void recover_status(RunFolder const& folder, std::int64_t local_clock_ms, StatusReport& report);

/// Adds what the status.json of a resumed run does not contain yet: the losses of its earlier
/// epochs, from the logs, and the progress of coins that no rank has reported, from the checkpoint
/// index.
void add_earlier_progress(RunFolder const& folder, StatusReport& report);

}  // namespace moneta
