// SPDX-License-Identifier: Apache-2.0
#include "data/inspect.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "base/digest.h"
#include "base/error.h"
#include "base/shape.h"
#include "base/time.h"
#include "data/manifest.h"
#include "data/sources.h"

namespace moneta {
namespace fs = std::filesystem;
namespace {

Json target_summary(std::vector<float> const& target) {
  auto const count = static_cast<double>(target.size());
  double const mean = std::accumulate(target.begin(), target.end(), 0.0) / count;
  double squares = 0;
  for (auto const value : target) squares += (double{value} - mean) * (double{value} - mean);
  auto const [least, greatest] = std::minmax_element(target.begin(), target.end());
  return {{"mean", mean},
          {"deviation", std::sqrt(squares / count)},
          {"least", *least},
          {"greatest", *greatest}};
}

Json timeframe_summary(ShardTimeframe const& frame) {
  Json json = {{"steps", frame.steps}};
  if (frame.rows() == 0) return json;  // dense: there are no rows
  auto const filled = std::accumulate(frame.filled.begin(), frame.filled.end(), 0.0);
  json["rows"] = frame.rows();
  json["filled_share"] = filled / static_cast<double>(frame.rows());
  return json;
}

/// Reads every window of a dense shard; throws if one is damaged or not finite.
void read_sequences(fs::path const& path, Shard const& shard) {
  std::vector<TimeframeConfig> timeframes;
  for (auto const& frame : shard.timeframes) {
    timeframes.push_back({frame.name, frame.minutes, frame.steps});
  }
  DenseSource source(timeframes);
  source.add(path, shard.samples());
  for (std::size_t k = 0; k < timeframes.size(); ++k) (void)source.last_rows(k);
}

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

Json read_shard_summary(fs::path const& path) {
  auto const shard = read_shard(path);
  if (shard.layout == ShardLayout::dense) read_sequences(path, shard);
  Json timeframes = Json::object();
  for (auto const& frame : shard.timeframes) timeframes[frame.name] = timeframe_summary(frame);
  return {{"file", path.string()},
          {"format", shard_format},
          {"version", shard_version},
          {"layout", to_string(shard.layout)},
          {"market", shard.coin},
          {"month", shard.month},
          {"horizon_minutes", shard.horizon_minutes},
          {"created_utc", shard.created_utc},
          {"generator", shard.generator},
          {"source_digest", shard.source_digest},
          {"samples", shard.samples()},
          {"first_time", utc_text(shard.time_s.front())},
          {"last_time", utc_text(shard.time_s.back())},
          {"timeframes", timeframes},
          {"target", target_summary(shard.target)}};
}

Json describe_shard(fs::path const& path) {
  MONETA_REQUIRE(fs::is_regular_file(path), data, "there is no file '{}'", path.string());
  Json description = {{"file", path.string()}};
  Json state = Json::object();
  try {
    auto const listed = find_listed(path, state);
    bool const matches = listed && digest_of_file(path) == listed->sha256;
    if (listed) state["manifest"] = matches ? "matches" : "differs";
    description.update(matches ? read_shard_summary(path) : validate_in_child(path));
    MONETA_REQUIRE(
        matches || !listed, data,
        "'{}' is readable, but not the file that the manifest lists (its digest differs). Run 'moneta prepare' again?",
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
