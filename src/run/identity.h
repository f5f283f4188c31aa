// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "config/config.h"

namespace moneta {

/// SHA-256 of the settings that determine the training of a coin and must not change when a run is
/// resumed: run.seed, model, data (except its folders), train.batch, train.accumulate, train.loss,
/// train.huber_delta.
std::string identity_digest(Config const& config);

}  // namespace moneta
