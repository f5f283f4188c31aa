// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <list>
#include <span>
#include <vector>

#include "config/config.h"
#include "data/dataset.h"
#include "io/h5.h"

namespace moneta {

/// Windows read from dense shards on demand. Only the windows of one call and a block of 16 MiB are
/// in memory at a time.
class DenseSource : public WindowSource {
 public:
  explicit DenseSource(std::vector<TimeframeConfig> const& timeframes);
  /// Adds a shard; in time order.
  void add(std::filesystem::path const& path, std::size_t samples);
  /// Features of the last bar of every window of timeframe k, [S,F]. Reads all windows once and
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
  /// Reads the windows [first, first + count) of one part, [count,T,F].
  void read(std::size_t part, std::size_t k, std::size_t first, std::size_t count,
            std::span<float> into);
  std::size_t window_size(std::size_t k) const;

  std::vector<TimeframeConfig> timeframes_;
  std::vector<Part> parts_;
  std::list<OpenPart> open_;     ///< most recently used first
  std::vector<Buffer> buffers_;  ///< [K]
};

}  // namespace moneta
