// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "base/json_fwd.h"

namespace moneta {

/// The summary of a shard (read_shard_summary) for people, with `manifest` ("matches", "differs",
/// "not listed" or "none"), `sound` (whether the file is valid) and `problem` (why it is not). A
/// file whose digest matches the manifest in its parent's folder is read in this process, any other
/// in a child process. Throws Error (data) only if the file is missing.
Json describe_shard(std::filesystem::path const& path);

}  // namespace moneta
