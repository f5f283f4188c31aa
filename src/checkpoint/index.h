// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "checkpoint/checkpoint.h"
#include "io/json_file.h"

namespace moneta {

/// The members of a saved checkpoint except its coin, which is a key of the index. The loss is
/// restored bit for bit.
Json to_json(SavedCheckpoint const& saved);
SavedCheckpoint saved_checkpoint_from(JsonFields& fields);

/// The checkpoints of a run, stored as `index.json` in the checkpoint folder. Only rank 0 writes
/// it.
struct CheckpointIndex {
  /// By coin, oldest first; at most one entry per file.
  std::map<std::string, std::vector<SavedCheckpoint>> coins;
  bool operator==(CheckpointIndex const&) const = default;
};

/// Reads the index of a folder; without one, the result is empty. Throws Error (data) that explains
/// the remedy if it is damaged.
CheckpointIndex read_index(std::filesystem::path const& folder);

/// Commits the index as one file that ends with the digest of its content. Throws Error (disk).
void write_index(std::filesystem::path const& folder, CheckpointIndex const& index);

/// The entries of a coin, oldest first; none for an unknown coin. Refers to `index`.
std::vector<SavedCheckpoint> const& entries_of(CheckpointIndex const& index,
                                               std::string const& coin);

/// The checkpoints between epochs with a finite validation loss, smallest loss first; of equal
/// losses the earlier epoch comes first.
std::vector<SavedCheckpoint> rank_by_loss(std::vector<SavedCheckpoint> const& entries);

/// The checkpoint from which training resumes, and the one with the smallest validation loss.
std::optional<SavedCheckpoint> last_checkpoint(CheckpointIndex const&, std::string const& coin);
std::optional<SavedCheckpoint> best_checkpoint(CheckpointIndex const&, std::string const& coin);

}  // namespace moneta
