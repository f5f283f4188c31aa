// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "checkpoint/checkpoint.h"
#include "io/json_file.h"

namespace moneta {

/// A saved checkpoint's members but for its coin, which the index has as a key. The loss keeps its
/// bits.
Json to_json(SavedCheckpoint const& saved);
SavedCheckpoint saved_checkpoint_from(JsonFields& fields);

/// `index.json` in the checkpoint folder: which checkpoints a run has. Rank 0 alone writes it.
struct CheckpointIndex {
  /// Of every coin, oldest first; at most one entry per file.
  std::map<std::string, std::vector<SavedCheckpoint>> coins;
  bool operator==(CheckpointIndex const&) const = default;
};

/// The index of a folder; an empty one if there is none. Throws Error (data) if it is damaged and
/// says how to mend it.
CheckpointIndex read_index(std::filesystem::path const& folder);

/// Commits the index as one file that ends with the digest of what is before.
void write_index(std::filesystem::path const& folder, CheckpointIndex const& index);

/// The newest checkpoint that is to be gone on from, or the one with the smallest validation loss.
std::optional<SavedCheckpoint> last_checkpoint(CheckpointIndex const&, std::string const& coin);
std::optional<SavedCheckpoint> best_checkpoint(CheckpointIndex const&, std::string const& coin);

/// Adds an entry and drops what rotation no longer keeps. Of whole epochs the newest keep_last and
/// the keep_best with the smallest validation loss stay; a checkpoint inside an epoch stays until
/// the next one is there, so that a run ends with the same files however often it was stopped.
/// Returns what was dropped; the caller writes the index first and deletes the files then.
std::vector<SavedCheckpoint> add_and_rotate(CheckpointIndex& index, SavedCheckpoint const& saved,
                                            std::size_t keep_last, std::size_t keep_best);

/// Commits the index, and only then deletes the files of `dropped` (those that it does not name).
/// What cannot be deleted stays in `dropped`, to be tried the next time. Throws Error (disk); then
/// nothing has been deleted.
void commit_rotation(std::filesystem::path const& folder, CheckpointIndex const& index,
                     std::vector<SavedCheckpoint>& dropped);

/// Removes what interrupted saves and rotations left in the folders of the coins: temporaries, and
/// checkpoints that the index does not list. Of a coin without entries whole epochs stay: it will
/// save them again under the same names. Nothing else is touched, and a failure is none of a run's.
void remove_leftovers(std::filesystem::path const& folder, CheckpointIndex const& index,
                      std::vector<std::string> const& coins);

/// Takes coins out of the index whose folder somebody has moved away: they start from the
/// beginning. Returns their names.
std::vector<std::string> forget_missing(std::filesystem::path const& folder,
                                        CheckpointIndex& index);

/// Loads one entry. Throws Error (data) if its file is not the one that was saved.
CoinState load_checkpoint(std::filesystem::path const& folder, SavedCheckpoint const& entry);

/// A checkpoint that was loaded, and the newer ones that could not be used.
struct LoadedCheckpoint {
  CoinState state;
  SavedCheckpoint from;
  std::vector<std::string> rejected;  ///< one message each
};

/// Loads the newest checkpoint of a coin whose digest matches, else the one before. Nothing if the
/// coin has no entry. Throws Error (data) if it has entries and none is sound.
std::optional<LoadedCheckpoint> load_newest(std::filesystem::path const& folder,
                                            CheckpointIndex const& index, std::string const& coin);

}  // namespace moneta
