// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "comm/session.h"
#include "config/config.h"

namespace moneta {

/// The main job, on every rank: opens or resumes the run, trains this rank's coins, and on rank 0
/// collects what all ranks report. Returns the exit status of design section 1, the same on all
/// ranks: 0, 4 (a coin failed), 6 (a checkpoint could not be saved) or 75 (stopped). Throws Error,
/// on all ranks alike, for what is wrong before the first update.
int run_training(MpiSession& session, Config const& config);

}  // namespace moneta
