// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "config/config.h"
#include "data/shard.h"

namespace moneta {

/// One shard in the manifest.
struct ManifestEntry {
  std::string file;  ///< relative to the manifest's folder: "KRW-BTC/2021-04.h5"
  std::string coin, month;
  std::string sha256;
  std::size_t bytes = 0;
  std::vector<std::size_t> rows;  ///< [K] in the manifest's order of timeframes; 0 if dense
  std::size_t samples = 0;
  std::int64_t first_time_s = 0, last_time_s = 0;  ///< decision times
  std::string source_digest;

  bool operator==(ManifestEntry const&) const = default;
};

/// `<shards>/manifest.json`: all shards of the folder and the settings they were prepared with.
struct Manifest {
  ShardLayout layout = ShardLayout::compact;
  Json settings;                      ///< see preparation_settings
  std::vector<ManifestEntry> shards;  ///< by coin, then month
};

/// The settings that determine the contents of a shard, by their keys below `data.`.
Json preparation_settings(DataConfig const& data);

std::filesystem::path manifest_path(std::filesystem::path const& folder);

/// Throws Error (data) that names the file and the key if the manifest is missing, damaged or of
/// another version, or lists a month twice or a path outside the folder.
Manifest read_manifest(std::filesystem::path const& folder);

/// Sorts the shards and writes the manifest, whole or not at all. Throws Error (disk).
void write_manifest(std::filesystem::path const& folder, Manifest manifest);

/// A setting that shards were prepared with and that a config has another value of.
struct SettingDifference {
  std::string key;            ///< below `data.`
  std::string wanted, found;  ///< of the config and of the shards, as JSON
};

/// The first setting of `data` that the shards were not prepared with; none if they fit.
std::optional<SettingDifference> find_difference(Manifest const& manifest, DataConfig const& data);

/// Throws Error (data) that names the key and both values unless the shards were prepared with the
/// settings of `data`.
void require_same_settings(Manifest const& manifest, DataConfig const& data);

/// A coin's shards in order of time. If it has none, throws Error (data) that names the coins that
/// have some.
std::vector<ManifestEntry> shards_of(Manifest const& manifest, std::filesystem::path const& folder,
                                     std::string const& coin);

/// Digest of the data that a coin is trained on: the settings, and of every shard the month, the
/// number of samples and the digest of its source. It is the same for both layouts and does not
/// change when the same data are prepared again, whatever version of the program does that.
std::string dataset_digest(Manifest const& manifest, std::string const& coin);

/// The entry for a shard that was just written.
ManifestEntry make_entry(std::string const& file, Shard const& shard, WrittenFile const& written);

/// The path of a shard. Throws Error (data) if a link leads out of the folder.
std::filesystem::path shard_path(std::filesystem::path const& folder, ManifestEntry const& entry);

/// Throws Error (data) if the file is missing or has another size than listed.
void check_file_size(std::filesystem::path const& folder, ManifestEntry const& entry);

}  // namespace moneta
