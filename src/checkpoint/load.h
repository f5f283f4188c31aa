// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint/index.h"
#include "checkpoint/state.h"

namespace moneta {

/// Loads the checkpoint of one entry. Throws Error (data) if the file is not the one that was
/// saved.
CoinState load_checkpoint(std::filesystem::path const& folder, SavedCheckpoint const& entry);

/// A loaded checkpoint, and why newer ones were rejected.
struct LoadedCheckpoint {
  CoinState state;
  SavedCheckpoint from;
  std::vector<std::string> rejected;  ///< one message for each
};

/// Loads the newest valid checkpoint of a coin. Nothing if the coin has no entries. Throws Error
/// (data) if it has entries and none of them is valid.
std::optional<LoadedCheckpoint> load_newest(std::filesystem::path const& folder,
                                            CheckpointIndex const& index, std::string const& coin);

}  // namespace moneta
