// SPDX-License-Identifier: Apache-2.0
#include "data/shard_folder.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "base/digest.h"
#include "base/error.h"
#include "data/quality_file.h"
#include "data/write_shard.h"
#include "io/file.h"

namespace moneta {
namespace fs = std::filesystem;
namespace {

/// Throws Error (data) unless the shards fit the settings.
void refuse_other_shards(Manifest const& manifest, DataConfig const& data) {
  constexpr char const* remedy =
      "Set data.shards to another folder, or replace them with `moneta prepare CONFIG --replace`?";
  MONETA_REQUIRE(manifest.layout == ShardLayout::compact, data,
                 "the shards in '{}' are of the dense layout (another program wrote them). {}",
                 data.shards, remedy);
  auto const difference = find_difference(manifest, data);
  if (!difference) return;
  throw Error(
      ErrorKind::data,
      fmt::format(
          "data.{} is {}, but the shards in '{}' were prepared with {} (they would be lost). {}",
          difference->key, difference->wanted, data.shards, difference->found, remedy));
}

/// Digest of the entries of a coin, in any order.
std::string digest_of(std::vector<ManifestEntry> entries) {
  std::sort(entries.begin(), entries.end(),
            [](auto const& a, auto const& b) { return a.month < b.month; });
  Digest digest;
  for (auto const& entry : entries) digest.add(fmt::format("{} {}\n", entry.file, entry.sha256));
  return digest.hex();
}

std::vector<CoinQuality> read_old_quality(fs::path const& folder) {
  try {
    if (fs::exists(quality_path(folder))) return read_quality(folder);
  } catch (Error const&) {  // it is written again
  }
  return {};
}

}  // namespace

bool is_writable(fs::path const& folder) {
  return ::faccessat(AT_FDCWD, folder.c_str(), W_OK, AT_EACCESS) == 0;
}

ShardFolder::ShardFolder(DataConfig const& data, OnOtherShards on_other_shards)
    : folder_(data.shards), stamps_(data.shards) {
  create_folder(folder_);
  new_.settings = preparation_settings(data);
  if (!fs::exists(manifest_path(folder_))) return;
  old_ = read_manifest(folder_);
  is_listed_ = true;
  if (on_other_shards == OnOtherShards::refuse) refuse_other_shards(old_, data);
  keeps_others_ = old_.layout == ShardLayout::compact && !find_difference(old_, data);
  if (keeps_others_) old_quality_ = read_old_quality(folder_);
}

bool ShardFolder::is_intact(ManifestEntry const& entry) {
  auto const path = shard_path(folder_, entry);
  {
    std::lock_guard const lock(stamps_mutex_);
    if (stamps_.matches(entry.file, entry.sha256)) return true;
  }
  std::error_code missing;
  if (fs::file_size(path, missing) != entry.bytes || missing) return false;
  if (digest_of_file(path) != entry.sha256) return false;
  std::lock_guard const lock(stamps_mutex_);
  stamps_.note(entry.file, entry.sha256);
  return true;
}

std::optional<ManifestEntry> ShardFolder::find_unchanged(std::string const& coin,
                                                         std::string const& month,
                                                         std::string const& source_digest) {
  if (old_.layout != ShardLayout::compact) return std::nullopt;
  for (auto const& entry : old_.shards) {
    bool const same =
        entry.coin == coin && entry.month == month && entry.source_digest == source_digest;
    if (same && is_intact(entry)) return entry;
  }
  return std::nullopt;
}

std::optional<std::vector<ManifestEntry>> ShardFolder::find_unchanged_coin(std::string const& coin,
                                                                           CoinStamp const& stamp) {
  if (!keeps_others_) return std::nullopt;
  std::vector<ManifestEntry> entries;
  std::lock_guard const lock(stamps_mutex_);
  for (auto const& entry : old_.shards) {
    if (entry.coin != coin) continue;
    (void)shard_path(folder_, entry);
    if (!stamps_.matches(entry.file, entry.sha256)) return std::nullopt;
    entries.push_back(entry);
  }
  if (entries.empty() || digest_of(entries) != stamp.shards) return std::nullopt;
  return entries;
}

std::optional<CoinStamp> ShardFolder::coin_stamp(std::string const& coin) {
  std::lock_guard const lock(stamps_mutex_);
  return stamps_.coin(coin);
}

std::optional<CoinQuality> ShardFolder::old_quality(std::string const& coin) const {
  auto const found = std::find_if(old_quality_.begin(), old_quality_.end(),
                                  [&](auto const& each) { return each.coin == coin; });
  return found == old_quality_.end() ? std::nullopt : std::optional(*found);
}

ManifestEntry ShardFolder::write(Shard const& shard, CommitBatch& batch) const {
  auto const file = shard.coin + "/" + shard.month + ".h5";
  create_folder(folder_ / shard.coin);
  return make_entry(file, shard, write_shard(folder_ / file, shard, batch));
}

bool ShardFolder::keeps(ManifestEntry const& entry) const {
  return keeps_others_ && !prepared_.contains(entry.coin);
}

void ShardFolder::write_manifest_if_changed() {
  Manifest manifest = new_;
  for (auto const& entry : old_.shards) {
    if (keeps(entry)) manifest.shards.push_back(entry);
  }
  auto const by_name = [](auto const& a, auto const& b) {
    return std::tie(a.coin, a.month) < std::tie(b.coin, b.month);
  };
  std::sort(manifest.shards.begin(), manifest.shards.end(), by_name);
  auto listed = old_.shards;
  std::sort(listed.begin(), listed.end(), by_name);
  if (is_listed_ && keeps_others_ && listed == manifest.shards) return;
  is_listed_ = false;
  write_manifest(folder_, std::move(manifest));
}

std::size_t ShardFolder::commit(std::string const& coin, std::vector<ManifestEntry> entries,
                                std::optional<CoinStamp> stamp) {
  prepared_.insert(coin);
  std::vector<ManifestEntry> before;
  for (auto const* manifest : {&old_, &new_}) {
    std::copy_if(manifest->shards.begin(), manifest->shards.end(), std::back_inserter(before),
                 [&](auto const& entry) { return entry.coin == coin; });
  }
  std::erase_if(new_.shards, [&](auto const& entry) { return entry.coin == coin; });
  std::set<std::string> files;
  {
    std::lock_guard const lock(stamps_mutex_);
    std::erase_if(unsettled_, [&](auto const& each) { return each.first.starts_with(coin + "/"); });
    for (auto const& entry : entries) {
      bool const is_noted =
          stamps_.matches(entry.file, entry.sha256) || stamps_.note(entry.file, entry.sha256);
      if (!is_noted) unsettled_.emplace_back(entry.file, entry.sha256);
    }
    if (stamp) {
      stamp->shards = digest_of(entries);
      stamps_.note_coin(coin, *stamp);
    } else {
      stamps_.forget_coin(coin);
    }
  }
  for (auto& entry : entries) {
    files.insert(entry.file);
    new_.shards.push_back(std::move(entry));
  }
  write_manifest_if_changed();
  std::size_t removed = 0;
  for (auto const& entry : before) {
    if (!files.contains(entry.file)) removed += remove(entry);
  }
  return removed;
}

std::size_t ShardFolder::finish(std::vector<CoinQuality> coins) {
  std::size_t removed = 0;
  if (!keeps_others_ && !prepared_.empty()) {
    for (auto const& entry : old_.shards) {
      if (!prepared_.contains(entry.coin)) removed += remove(entry);
    }
  }
  if (!is_writable(folder_)) return removed;  // nothing had to be written
  std::vector<std::string> names;
  for (auto const& each : coins) names.push_back(each.coin);
  auto all = kept_quality(names);
  all.insert(all.end(), coins.begin(), coins.end());
  write_quality(folder_, std::move(all));
  write_stamps();
  return removed;
}

void ShardFolder::write_stamps() {
  // Most have settled by now; the files of the others are read once more.
  std::lock_guard const lock(stamps_mutex_);
  for (auto const& [file, sha256] : unsettled_) stamps_.note(file, sha256);
  unsettled_.clear();
  stamps_.write();
}

std::vector<CoinQuality> ShardFolder::kept_quality(std::vector<std::string> const& prepared) const {
  std::vector<CoinQuality> kept;
  for (auto const& each : old_quality_) {
    bool const is_prepared =
        std::find(prepared.begin(), prepared.end(), each.coin) != prepared.end();
    if (!is_prepared) kept.push_back(each);
  }
  return kept;
}

std::size_t ShardFolder::remove(ManifestEntry const& entry) {
  std::error_code error;
  auto const path = shard_path(folder_, entry);
  bool const removed = fs::remove(path, error);
  MONETA_REQUIRE(!error, disk, "cannot remove '{}' ({}). May this user write there?", path.string(),
                 error.message());
  fs::remove(path.parent_path(), error);  // fails unless the folder is empty
  std::lock_guard const lock(stamps_mutex_);
  stamps_.forget(entry.file);
  return removed ? 1 : 0;
}

}  // namespace moneta
