// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <list>
#include <span>
#include <vector>

#include "config/config.h"
#include "data/dataset.h"
#include "data/shard.h"

namespace moneta {

/// Windows cut from rows in memory. Shards are added in time order, each with all its rows, so
/// that no window crosses from one to the next.
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
    std::vector<float> rows;          ///< [R,F]
    std::vector<std::int64_t> ends;   ///< [S]
    std::vector<std::int64_t> asked;  ///< [N] of the latest call
  };
  std::vector<Frame> frames_;  ///< [K]
};

/// Windows read from dense shards when they are asked for; never more than those of one call and
/// a block of 16 MiB are in memory.
class DenseSource : public WindowSource {
 public:
  explicit DenseSource(std::vector<TimeframeConfig> const& timeframes);
  /// Shards in time order.
  void add(std::filesystem::path const& path, std::size_t samples);
  /// Features of the last bar of every window of timeframe k, [S,F]; reads all windows once and
  /// throws Error (data) if a number is not finite.
  std::vector<float> last_rows(std::size_t k);

  bool rows_are_resident() const override { return false; }
  std::span<float const> resident_rows(std::size_t) const override { return {}; }
  WindowRows windows(std::size_t k, std::span<std::size_t const> samples) override;

 private:
  struct Part {
    std::filesystem::path path;
    std::size_t first = 0, samples = 0;
  };
  struct OpenPart {
    std::size_t part;
    H5File file;
    std::vector<H5Dataset> frames;  ///< [K]
  };
  struct Buffer {
    std::vector<float> rows;         ///< [N*T,F]
    std::vector<std::int64_t> ends;  ///< [N]
  };
  std::size_t part_of(std::size_t sample) const;
  OpenPart& open(std::size_t part);
  /// Windows [first, first + count) of one part, [count,T,F].
  void read(std::size_t part, std::size_t k, std::size_t first, std::size_t count,
            std::span<float> into);
  std::size_t window_size(std::size_t k) const;

  std::vector<TimeframeConfig> timeframes_;
  std::vector<Part> parts_;
  std::list<OpenPart> open_;     ///< the latest used first
  std::vector<Buffer> buffers_;  ///< [K]
};

}  // namespace moneta
