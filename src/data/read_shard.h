// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "data/shard.h"
#include "io/h5.h"

namespace moneta {

/// Reads a shard and checks all of it: format, version, names, types, shapes, the grid of bars,
/// that each window is inside the rows and ends with the last bar that is complete at its decision
/// time, and that every number used is finite. Of a dense shard only the type and shape of the
/// sequences are checked. Throws Error (data) that names the file and the dataset.
Shard read_shard(std::filesystem::path const& path);

/// The part of read_shard that both layouts share: attributes and samples.
Shard read_shard_frame(H5File const& file);

}  // namespace moneta
