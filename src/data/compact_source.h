// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "config/config.h"
#include "data/dataset.h"
#include "data/shard.h"

namespace moneta {

/// Windows cut from rows in memory. Shards are added in time order, each with all of its rows, so
/// that no window crosses from one shard to the next.
class CompactSource : public WindowSource {
 public:
  explicit CompactSource(std::vector<TimeframeConfig> const& timeframes);
  void add(Shard const& shard);
  /// Features of the last bar of every window of timeframe k, [S,F].
  std::vector<float> last_rows(std::size_t k) const;

  bool rows_are_resident() const override { return true; }
  std::span<float const> resident_rows(std::size_t k) const override { return frames_[k].rows; }
  WindowRows windows(std::size_t k, std::span<std::size_t const> samples) override;

 private:
  struct Frame {
    std::string name;
    std::vector<float> rows;               ///< [R,F]
    std::vector<std::int64_t> ends;        ///< [S]
    std::vector<std::int64_t> batch_ends;  ///< [N] of the latest call of `windows`
  };
  std::vector<Frame> frames_;  ///< [K]
};

}  // namespace moneta
