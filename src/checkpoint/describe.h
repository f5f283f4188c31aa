// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "base/json.h"

namespace moneta {

/// What is in a checkpoint, for people: digest, coin, progress, timeframes, and of every parameter
/// its shape and the Euclidean norms of values, m and v. A file that is not sound is described as
/// far as that ("sound": false and the "problem"); nothing is thrown for it.
Json describe_checkpoint(std::filesystem::path const& file);

}  // namespace moneta
