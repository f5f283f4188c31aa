// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "backend/backend.h"
#include "backend/gradient_all_reduce.h"
#include "comm/session.h"
#include "comm/team.h"
#include "config/config.h"
#include "engine/gpu_sharing.h"
#include "engine/setup.h"

namespace moneta {

/// A rank's device before anything is planned for it.
struct OpenDevice {
  std::unique_ptr<Backend> backend;
  std::unique_ptr<GradientAllReduce> gradient_all_reduce;  ///< over the team
  DeviceShare share;
  RankGpus gpus;  ///< of all ranks
};

/// All ranks together: opens the device of this one and finds out with whom it shares it. `team`
/// must outlive what it returns. Throws SharedError, or Error (device) on a rank that fails alone.
OpenDevice open_device(MpiSession& session, Team& team, Config const& config);

}  // namespace moneta
