// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "data/shard.h"

/// The dense layout, which other tools write: another layout of the same samples.
namespace moneta {

/// Writes the windows of a compact shard one after the other. Throws Error (disk).
WrittenFile write_dense_shard(std::filesystem::path const& path, Shard const& shard);

/// Reads the compact shards of a folder that its manifest lists, writes them dense into another
/// one and lists them there.
void convert_to_dense(std::filesystem::path const& from, std::filesystem::path const& to);

}  // namespace moneta
