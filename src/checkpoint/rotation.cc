// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>
#include <tuple>

#include "base/digest.h"
#include "base/error.h"
#include "checkpoint/index.h"
#include "io/inside.h"

namespace moneta {
namespace fs = std::filesystem;

namespace {

std::vector<SavedCheckpoint> const& entries_of(CheckpointIndex const& index,
                                               std::string const& coin) {
  static std::vector<SavedCheckpoint> const none;
  auto const found = index.coins.find(coin);
  return found == index.coins.end() ? none : found->second;
}

/// Checkpoints between epochs, smallest validation loss first, the earlier epoch first among equal
/// ones. A loss that is not a number is no candidate.
std::vector<SavedCheckpoint> ranking(std::vector<SavedCheckpoint> const& entries) {
  std::vector<SavedCheckpoint> ranked;
  std::copy_if(entries.begin(), entries.end(), std::back_inserter(ranked), [](auto const& each) {
    return each.update_in_epoch == 0 && each.epoch >= 1 && std::isfinite(each.valid_loss);
  });
  std::sort(ranked.begin(), ranked.end(), [](auto const& a, auto const& b) {
    return std::tie(a.valid_loss, a.epoch) < std::tie(b.valid_loss, b.epoch);
  });
  return ranked;
}

constexpr std::string_view whole_epoch_ending = "-000000.safetensors";

/// "000003-000000.safetensors", or the temporary beside it.
bool is_checkpoint_name(std::string_view name) {
  for (std::string_view const suffix : {".tmp", ".safetensors"}) {
    if (name.ends_with(suffix)) name.remove_suffix(suffix.size());
  }
  auto const dash = name.find('-');
  auto const is_number = [](std::string_view text) {
    return text.size() >= 6 && text.find_first_not_of("0123456789") == text.npos;
  };
  return dash != name.npos && is_number(name.substr(0, dash)) && is_number(name.substr(dash + 1));
}

}  // namespace

std::optional<SavedCheckpoint> last_checkpoint(CheckpointIndex const& index,
                                               std::string const& coin) {
  auto const& entries = entries_of(index, coin);
  if (entries.empty()) return {};
  return entries.back();
}

std::optional<SavedCheckpoint> best_checkpoint(CheckpointIndex const& index,
                                               std::string const& coin) {
  auto const ranked = ranking(entries_of(index, coin));
  if (ranked.empty()) return {};
  return ranked.front();
}

std::vector<SavedCheckpoint> add_and_rotate(CheckpointIndex& index, SavedCheckpoint const& saved,
                                            std::size_t keep_last, std::size_t keep_best) {
  MONETA_REQUIRE(keep_last >= 1, internal,
                 "rotation would drop the newest checkpoint of {} (keep_last is 0)", saved.coin);
  auto& entries = index.coins[saved.coin];
  // The same point saved again is the same file: the new entry stands for it.
  std::erase_if(entries, [&](auto const& each) { return each.file == saved.file; });
  entries.push_back(saved);

  std::set<std::string> kept = {saved.file};
  std::size_t epochs = 0;
  for (auto each = entries.rbegin(); each != entries.rend() && epochs < keep_last; ++each) {
    if (each->update_in_epoch > 0) continue;
    kept.insert(each->file);
    ++epochs;
  }
  auto const ranked = ranking(entries);
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
    // After a return to an earlier checkpoint the same point may have been saved again.
    bool const is_kept = std::any_of(entries.begin(), entries.end(),
                                     [&](auto const& each) { return each.file == old.file; });
    std::error_code failed;
    if (!is_kept) fs::remove(folder / old.file, failed);
    return !failed;
  });
}

void remove_leftovers(fs::path const& folder, CheckpointIndex const& index,
                      std::vector<std::string> const& coins) {
  for (std::string const& coin : coins) {
    auto const& entries = entries_of(index, coin);
    std::set<std::string> listed;
    for (auto const& entry : entries) listed.insert(fs::path(entry.file).filename().string());
    std::vector<fs::path> leftovers;
    std::error_code ignored;
    for (fs::directory_iterator file(folder / coin, ignored), end; file != end;
         file.increment(ignored)) {
      std::string const name = file->path().filename().string();
      bool const stays =
          listed.contains(name) || (entries.empty() && name.ends_with(whole_epoch_ending));
      if (is_checkpoint_name(name) && !stays) leftovers.push_back(file->path());
    }
    for (auto const& path : leftovers) fs::remove(path, ignored);
  }
}

std::vector<std::string> forget_missing(fs::path const& folder, CheckpointIndex& index) {
  std::vector<std::string> forgotten;
  std::error_code unknown;
  for (auto const& [coin, entries] : index.coins) {
    bool const gone = !entries.empty() && !fs::exists(folder / coin, unknown) && !unknown;
    if (gone) forgotten.push_back(coin);
  }
  for (std::string const& coin : forgotten) index.coins.erase(coin);
  return forgotten;
}

CoinState load_checkpoint(fs::path const& folder, SavedCheckpoint const& entry) {
  fs::path const path = folder / entry.file;
  require_inside(folder, path);
  std::string const file = fmt::format("'{}'", path.string());
  std::error_code failed;
  auto const bytes = fs::file_size(path, failed);
  MONETA_REQUIRE(!failed, data, "{} cannot be read ({})", file, failed.message());
  MONETA_REQUIRE(bytes == entry.bytes, data, "{} has {} bytes ({} were written)", file, bytes,
                 entry.bytes);
  MONETA_REQUIRE(digest_of_file(path) == entry.sha256, data,
                 "{} is damaged (its SHA-256 is not the one in index.json). Put a copy back?",
                 file);
  CoinState state = read_checkpoint(path);
  bool const same = state.coin == entry.coin && state.progress.epoch == entry.epoch &&
                    state.progress.update_in_epoch == entry.update_in_epoch &&
                    state.progress.update == entry.update;
  MONETA_REQUIRE(same, data,
                 "{} belongs to another coin or update (coin {}, epoch {}) than index.json says",
                 file, state.coin, state.progress.epoch);
  return state;
}

std::optional<LoadedCheckpoint> load_newest(fs::path const& folder, CheckpointIndex const& index,
                                            std::string const& coin) {
  auto const& entries = entries_of(index, coin);
  if (entries.empty()) return {};
  std::vector<std::string> rejected;
  for (auto each = entries.rbegin(); each != entries.rend(); ++each) {
    try {
      return LoadedCheckpoint{load_checkpoint(folder, *each), *each, rejected};
    } catch (Error const& error) {
      rejected.push_back(error.what());
    }
  }
  std::string reasons;
  for (auto const& each : rejected) reasons += (reasons.empty() ? "" : "; ") + each;
  throw Error(
      ErrorKind::data,
      fmt::format(
          "no checkpoint of {} can be used ({}). Put copies of the files back, or move the folder '{}' away to start this coin from the beginning?",
          coin, reasons, (folder / coin).string()));
}

}  // namespace moneta
