// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "checkpoint/index.h"

namespace moneta {

/// Deletes what interrupted saves and rotations left in the folders of `coins`: temporary files,
/// and checkpoints that the index does not list. Checkpoints between epochs stay if the index has
/// no entry for their coin, because the coin will save them again under the same names. Other files
/// are not touched. Errors are ignored.
void remove_leftovers(std::filesystem::path const& folder, CheckpointIndex const& index,
                      std::vector<std::string> const& coins);

/// Removes coins from the index whose folders no longer exist, so that they start from the
/// beginning. Returns their names.
std::vector<std::string> forget_missing(std::filesystem::path const& folder,
                                        CheckpointIndex& index);

}  // namespace moneta
