// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backend/backend.h"
#include "config/config.h"

namespace moneta {

/// Uses a device with memory of its own once, as training will but for a few steps of two layers,
/// so that its libraries load their code, and measures what they and others take of its memory.
/// Leaves nothing allocated. A device without room for even that is measured all the same.
void warm_up(Backend& backend, Config const& config, Precision precision, std::size_t batch);

}  // namespace moneta
