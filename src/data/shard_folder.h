// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "config/config.h"
#include "data/file_stamps.h"
#include "data/manifest.h"
#include "data/quality.h"
#include "data/shard.h"
#include "io/commit_batch.h"

namespace moneta {

/// True if this process may create files in the folder.
bool is_writable(std::filesystem::path const& folder);

/// Whether shards that were prepared with other settings may be removed.
enum class OnOtherShards { refuse, replace };

/// The shards of a folder while they are prepared. `find_unchanged`, `write`, `coin_stamp` and
/// `old_quality` may be called from any thread, the others from one at a time.
class ShardFolder {
 public:
  /// Creates the folder and reads its manifest and records. Throws Error (data) that names the
  /// setting if the folder has shards of other settings and they must not be replaced, and Error
  /// (data) if the manifest is damaged.
  ShardFolder(DataConfig const& data, OnOtherShards on_other_shards);

  /// The entry of the coin's shard of this month if it was made from the same source and its file
  /// is intact.
  std::optional<ManifestEntry> find_unchanged(std::string const& coin, std::string const& month,
                                              std::string const& source_digest);
  /// All entries of a coin if they are those of `stamp` and no file of them changed; judged by the
  /// stamps alone.
  std::optional<std::vector<ManifestEntry>> find_unchanged_coin(std::string const& coin,
                                                                CoinStamp const& stamp);
  std::optional<CoinStamp> coin_stamp(std::string const& coin);
  /// The record of a coin of an earlier preparation.
  std::optional<CoinQuality> old_quality(std::string const& coin) const;

  /// Adds a shard to the batch, which is committed before the coin is. Throws Error (disk).
  ManifestEntry write(Shard const& shard, CommitBatch& batch) const;

  /// Lists the coin's shards, then removes its old ones that are no longer listed: an interrupted
  /// run leaves at worst a file that is not listed. A later call for the same coin replaces what
  /// the earlier one listed. Notes the stamp, if there is one, for the next preparation. Returns
  /// how many were removed.
  std::size_t commit(std::string const& coin, std::vector<ManifestEntry> entries,
                     std::optional<CoinStamp> stamp);
  /// Removes what was replaced, and writes the records. Returns how many shards were removed.
  std::size_t finish(std::vector<CoinQuality> coins);

  /// The records of the coins that stay in the folder without being prepared now.
  std::vector<CoinQuality> kept_quality(std::vector<std::string> const& prepared) const;

 private:
  bool keeps(ManifestEntry const& entry) const;
  bool is_intact(ManifestEntry const& entry);
  std::size_t remove(ManifestEntry const& entry);
  void write_stamps();
  void write_manifest_if_changed();

  std::filesystem::path folder_;
  Manifest old_, new_;
  bool keeps_others_ = true;
  bool is_listed_ = false;  ///< `old_` is in the folder
  std::set<std::string> prepared_;
  std::vector<CoinQuality> old_quality_;
  std::mutex stamps_mutex_;
  FileStamps stamps_;
  std::vector<std::pair<std::string, std::string>> unsettled_;  ///< new shards and their digests
};

}  // namespace moneta
