// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "backend/backend.h"
#include "config/config.h"

namespace moneta {

/// Runs one small update and one validation on a device with memory of its own, so that its
/// libraries load their code and Backend::measure_memory includes it. It allocates at most
/// `limit_bytes`, if necessary with a smaller batch than `batch`, and leaves nothing allocated.
/// Does nothing on a device that computes in host memory or lacks memory for the update.
void warm_up(Backend& backend, Config const& config, Precision precision, std::size_t batch,
             std::size_t limit_bytes);

}  // namespace moneta
