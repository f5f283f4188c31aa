// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/rotation.h"

#include <algorithm>
#include <set>
#include <string>

#include "base/error.h"

namespace moneta {
namespace fs = std::filesystem;

std::vector<SavedCheckpoint> add_and_rotate(CheckpointIndex& index, SavedCheckpoint const& saved,
                                            std::size_t keep_last, std::size_t keep_best) {
  MONETA_REQUIRE(keep_last >= 1, internal,
                 "rotation would remove the newest checkpoint of {} (keep_last is 0)", saved.coin);
  auto& entries = index.coins[saved.coin];
  // A point that is saved again has the same file: the new entry replaces the old one.
  std::erase_if(entries, [&](auto const& each) { return each.file == saved.file; });
  entries.push_back(saved);

  std::set<std::string> kept = {saved.file};
  std::size_t epochs = 0;
  for (auto each = entries.rbegin(); each != entries.rend() && epochs < keep_last; ++each) {
    if (each->update_in_epoch > 0) continue;
    kept.insert(each->file);
    ++epochs;
  }
  auto const ranked = rank_by_loss(entries);
  for (std::size_t i = 0; i < std::min(keep_best, ranked.size()); ++i) kept.insert(ranked[i].file);

  std::vector<SavedCheckpoint> dropped;
  std::erase_if(entries, [&](auto const& each) {
    if (kept.count(each.file) > 0) return false;
    dropped.push_back(each);
    return true;
  });
  return dropped;
}

void commit_rotation(fs::path const& folder, CheckpointIndex const& index,
                     std::vector<SavedCheckpoint>& dropped) {
  write_index(folder, index);
  std::erase_if(dropped, [&](SavedCheckpoint const& old) {
    auto const& entries = entries_of(index, old.coin);
    // After a rollback, the same point may have been saved again.
    bool const is_kept = std::any_of(entries.begin(), entries.end(),
                                     [&](auto const& each) { return each.file == old.file; });
    std::error_code failed;
    if (!is_kept) fs::remove(folder / old.file, failed);
    return !failed;
  });
}

}  // namespace moneta
