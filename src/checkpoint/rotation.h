// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include "checkpoint/index.h"

namespace moneta {

/// Adds an entry to the index and removes the entries that rotation does not keep. Of the
/// checkpoints between epochs, the newest `keep_last` and the `keep_best` with the smallest
/// validation loss stay. A checkpoint inside an epoch stays until the next checkpoint, so the files
/// of a finished run do not depend on how often it was stopped. Returns the removed entries: the
/// caller passes them to `commit_rotation`.
std::vector<SavedCheckpoint> add_and_rotate(CheckpointIndex& index, SavedCheckpoint const& saved,
                                            std::size_t keep_last, std::size_t keep_best);

/// Commits the index and then deletes the files of `dropped` that it does not list, so a listed
/// checkpoint always exists. Entries whose files could not be deleted stay in `dropped` for the
/// next call. Throws Error (disk) if the index cannot be written; then nothing has been deleted.
void commit_rotation(std::filesystem::path const& folder, CheckpointIndex const& index,
                     std::vector<SavedCheckpoint>& dropped);

}  // namespace moneta
