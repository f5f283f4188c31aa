// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "base/json.h"

namespace moneta {

/// Describes a checkpoint for people: digest, coin, progress, timeframes, and the shape of every
/// parameter with the Euclidean norms of its values, m and v. An invalid file is described as
/// {"sound": false, "problem": ...}; nothing is thrown.
Json describe_checkpoint(std::filesystem::path const& file);

}  // namespace moneta
