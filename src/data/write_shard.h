// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>

#include "data/shard.h"
#include "io/commit_batch.h"
#include "io/h5.h"

namespace moneta {

/// Adds a compact shard to `batch`; the folder must exist. Several threads may call this, each with
/// a batch of its own. Throws Error (disk).
WrittenFile write_shard(std::filesystem::path const& path, Shard const& shard, CommitBatch& batch);

/// Writes a compact shard, whole or not at all.
WrittenFile write_shard(std::filesystem::path const& path, Shard const& shard);

/// The parts of write_shard that both layouts share: attributes and samples, and a file that
/// `write` fills.
void write_shard_frame(H5File const& file, Shard const& shard);
WrittenFile commit_shard(std::filesystem::path const& path, CommitBatch& batch,
                         std::function<void(H5File const&)> const& write);

}  // namespace moneta
