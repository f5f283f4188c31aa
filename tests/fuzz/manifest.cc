// SPDX-License-Identifier: Apache-2.0
// The manifest.json of a folder of shards.
#include "data/manifest.h"

#include <set>

#include "fuzz/target.h"
#include "support/scratch_folder.h"

namespace moneta::fuzz {

static bool same(ManifestEntry const& a, ManifestEntry const& b) {
  return a.file == b.file && a.coin == b.coin && a.month == b.month && a.sha256 == b.sha256 &&
         a.bytes == b.bytes && a.rows == b.rows && a.samples == b.samples &&
         a.first_time_s == b.first_time_s && a.last_time_s == b.last_time_s &&
         a.source_digest == b.source_digest;
}

void try_bytes(std::string_view bytes) {
  write_bytes(scratch() / "manifest.json", bytes);
  Manifest manifest;
  if (!accepts(ErrorKind::data, "manifest.json", [&] { manifest = read_manifest(scratch()); })) {
    return;
  }
  auto const copy = scratch() / "copy";
  std::filesystem::create_directory(copy);
  write_manifest(copy, manifest);
  auto const once = read_manifest(copy);
  write_manifest(copy, once);
  auto const again = read_manifest(copy);
  expect(once.shards.size() == manifest.shards.size() && again.settings == manifest.settings,
         "the manifest is read back");
  for (std::size_t i = 0; i < once.shards.size(); ++i) {
    expect(same(once.shards[i], again.shards[i]), "every shard is read back");
  }
  accepts(ErrorKind::data, "data.", [&] { require_same_settings(manifest, DataConfig{}); });
  std::set<std::string> coins;
  for (auto const& entry : manifest.shards) {
    auto const path = (scratch() / entry.file).lexically_normal().string();
    expect(path.starts_with(scratch().string() + '/'), "a shard is in the folder");
    accepts(ErrorKind::data, "shard", [&] { check_file_size(scratch(), entry); });
    coins.insert(entry.coin);
  }
  for (auto const& coin : coins) {
    expect(!shards_of(manifest, scratch(), coin).empty(), "a coin has its shards");
    expect(dataset_digest(manifest, coin) == dataset_digest(again, coin),
           "the digest of the data is equal");
  }
}

}  // namespace moneta::fuzz
