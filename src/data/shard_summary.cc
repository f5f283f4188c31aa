// SPDX-License-Identifier: Apache-2.0
#include "data/shard_summary.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "data/dense_source.h"
#include "data/read_shard.h"

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
  if (frame.rows() == 0) return json;  // a dense shard
  auto const filled = std::accumulate(frame.filled.begin(), frame.filled.end(), 0.0);
  json["rows"] = frame.rows();
  json["filled_share"] = filled / static_cast<double>(frame.rows());
  return json;
}

/// Reads every window of a dense shard. Throws Error (data) if one is damaged or not finite.
void read_sequences(fs::path const& path, Shard const& shard) {
  std::vector<TimeframeConfig> timeframes;
  for (auto const& frame : shard.timeframes) {
    timeframes.push_back({frame.name, frame.minutes, frame.steps});
  }
  DenseSource source(timeframes);
  source.add(path, shard.samples());
  for (std::size_t k = 0; k < timeframes.size(); ++k) (void)source.last_rows(k);
}

}  // namespace

Json read_shard_summary(fs::path const& path) {
  auto const shard = read_shard(path);
  if (shard.layout == ShardLayout::dense) read_sequences(path, shard);
  Json timeframes = Json::object();
  for (auto const& frame : shard.timeframes) timeframes[frame.name] = timeframe_summary(frame);
  return {{"file", path.string()},
          {"format", shard_format},
          {"version", shard.version},
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

}  // namespace moneta
