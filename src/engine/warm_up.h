// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "backend/backend.h"
#include "config/config.h"

namespace moneta {

/// Runs one small update and one validation on a device with memory of its own, so that its
/// libraries load their code, and then measures how much of its memory is in use before anything is
/// allocated. Leaves nothing allocated. A device with too little memory for the update is measured
/// without it. Does nothing on a device that computes in host memory.
void warm_up(Backend& backend, Config const& config, Precision precision, std::size_t batch);

}  // namespace moneta
