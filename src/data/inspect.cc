// SPDX-License-Identifier: Apache-2.0
#include "data/inspect.h"

#include <optional>

#include "base/digest.h"
#include "base/error.h"
#include "base/json.h"
#include "data/manifest.h"
#include "data/shard_summary.h"
#include "data/validate_in_child.h"

namespace moneta {
namespace fs = std::filesystem;
namespace {

/// The file's entry in the manifest of the folder above its own.
std::optional<ManifestEntry> find_listed(fs::path const& path, Json& description) {
  auto const absolute = fs::absolute(path).lexically_normal();
  auto const folder = absolute.parent_path().parent_path();
  description["manifest"] = "none";
  if (!fs::exists(manifest_path(folder))) return std::nullopt;
  description["manifest"] = "not listed";
  for (auto const& entry : read_manifest(folder).shards) {
    if ((folder / entry.file).lexically_normal() == absolute) return entry;
  }
  return std::nullopt;
}

}  // namespace

Json describe_shard(fs::path const& path) {
  MONETA_REQUIRE(fs::is_regular_file(path), data, "there is no file '{}'. Is the path right?",
                 path.string());
  Json description = {{"file", path.string()}};
  Json state = Json::object();
  try {
    auto const listed = find_listed(path, state);
    bool const matches = listed && digest_of_file(path) == listed->sha256;
    if (listed) state["manifest"] = matches ? "matches" : "differs";
    description.update(matches ? read_shard_summary(path) : validate_in_child(path));
    MONETA_REQUIRE(
        matches || !listed, data,
        "'{}' is readable, but it is not the file in the manifest (its digest differs). Run 'moneta prepare' again?",
        path.string());
    state["sound"] = true;
  } catch (Error const& error) {
    if (error.kind() != ErrorKind::data) throw;
    state["sound"] = false;
    state["problem"] = error.what();
  }
  description.update(state);
  return description;
}

}  // namespace moneta
