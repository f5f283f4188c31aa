// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "comm/session.h"
#include "config/config.h"
#include "engine/prepare_device.h"

namespace moneta {

/// A run that ended on all ranks after its logs were opened: its event log has the error and the
/// end, and the caller prints both.
struct RunFailed : CollectiveError {
  using CollectiveError::CollectiveError;
};

/// Trains a run. Collective: every rank calls it. It starts or resumes the run and trains the coins
/// of this rank; rank 0 also receives and records the reports of all ranks.
///
/// The logs, the alerts and the watchdog work from before a device is opened with `open_device`: an
/// error from then on is the event `run_failed`, and a rank that hangs is named with its stage.
///
/// Returns the exit status of the process, the same on every rank: 0, or exit_stopped, or that of
/// ErrorKind training (a coin failed) or disk (a checkpoint could not be saved). Throws
/// CollectiveError if the run cannot start; it is a RunFailed if the logs were open. A rank that
/// throws another error has reported it to rank 0, which ends the job.
int run_training(MpiSession& session, Config const& config,
                 OpenBackend const& open_device = open_own_device);

}  // namespace moneta
