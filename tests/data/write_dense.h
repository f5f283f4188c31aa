// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "data/shard.h"

/// The dense layout, another layout of the same samples, which other tools write.
namespace moneta {

/// Writes a compact shard in the dense layout. Throws Error (disk).
WrittenFile write_dense_shard(std::filesystem::path const& path, Shard const& shard);

/// Writes the shards of a folder of compact shards to another folder in the dense layout, with a
/// manifest.
void convert_to_dense(std::filesystem::path const& from, std::filesystem::path const& to);

}  // namespace moneta
