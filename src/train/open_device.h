// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "backend/backend.h"
#include "comm/session.h"
#include "config/config.h"
#include "train/gpu_sharing.h"
#include "train/setup.h"

namespace moneta {

/// A rank's device before anything is planned for it.
struct OpenDevice {
  std::unique_ptr<Backend> backend;
  DeviceShare share;
  RankGpus gpus;  ///< of all ranks
};

/// All ranks together: opens the device of this one and finds out with whom it shares it. Throws
/// SharedError.
OpenDevice open_device(MpiSession& session, Config const& config);

}  // namespace moneta
