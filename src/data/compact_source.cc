// SPDX-License-Identifier: Apache-2.0
#include "data/compact_source.h"

#include "base/error.h"
#include "base/shape.h"

namespace moneta {

CompactSource::CompactSource(std::vector<TimeframeConfig> const& timeframes) {
  for (auto const& timeframe : timeframes) frames_.emplace_back().name = timeframe.name;
}

void CompactSource::add(Shard const& shard) {
  for (std::size_t k = 0; k < frames_.size(); ++k) {
    auto& frame = frames_[k];
    auto const& added = shard.timeframes[k];
    MONETA_REQUIRE(added.name == frame.name, internal,
                   "timeframe {} of a shard is '{}' instead of '{}'", k, added.name, frame.name);
    auto const offset = static_cast<std::int64_t>(frame.rows.size() / feature_count);
    frame.rows.insert(frame.rows.end(), added.features.begin(), added.features.end());
    for (auto const end : added.ends) frame.ends.push_back(offset + end);
  }
}

std::vector<float> CompactSource::last_rows(std::size_t k) const {
  auto const& frame = frames_[k];
  std::vector<float> rows;
  rows.reserve(frame.ends.size() * feature_count);
  for (auto const end : frame.ends) {
    auto const* row = frame.rows.data() + static_cast<std::size_t>(end) * feature_count;
    rows.insert(rows.end(), row, row + feature_count);
  }
  return rows;
}

WindowRows CompactSource::windows(std::size_t k, std::span<std::size_t const> samples) {
  auto& frame = frames_.at(k);
  frame.batch_ends.clear();
  for (auto const sample : samples) frame.batch_ends.push_back(frame.ends.at(sample));
  return {frame.rows, frame.batch_ends};
}

}  // namespace moneta
