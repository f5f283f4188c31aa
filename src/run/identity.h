// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "config/config.h"

namespace moneta {

/// SHA-256 of the settings that decide a coin's numbers and that a resumed run may not change:
/// run.seed, model, data (but for its folders), train.batch, train.accumulate, train.loss.
std::string identity_digest(Config const& config);

}  // namespace moneta
