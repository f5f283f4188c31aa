// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/shape.h"

namespace moneta {

/// Half-open range of sample indices.
struct SampleRange {
  std::size_t begin = 0, end = 0;
  std::size_t size() const { return end - begin; }
};

/// The three parts of a coin's samples, in time order with gaps between them.
struct Split {
  SampleRange train, valid, test;
};

/// Mean and standard deviation of every feature of every timeframe, and the standard deviation of
/// the target, all from the train part only. scaled = clamp((x - mean) / stddev, -10, 10); a
/// feature that does not vary has stddev 1. The target is divided by target_stddev and not shifted.
struct Scaler {
  std::vector<std::vector<float>> mean;    ///< [K][F]
  std::vector<std::vector<float>> stddev;  ///< [K][F]
  float target_stddev = 1;
};

/// Rows of one timeframe that contain a batch's windows: window n is the rows (ends[n] - T,
/// ends[n]].
struct WindowRows {
  std::span<float const> rows;         ///< [R,F] unscaled
  std::span<std::int64_t const> ends;  ///< [N]
};

/// The source of a coin's windows: rows in memory (compact) or files larger than memory that are
/// streamed (dense). Both give the same numbers.
class WindowSource {
 public:
  WindowSource() = default;
  WindowSource(WindowSource const&) = delete;
  WindowSource& operator=(WindowSource const&) = delete;
  virtual ~WindowSource() = default;

  /// True if `windows` always returns the same rows, so that a device may keep a copy of them.
  virtual bool rows_are_resident() const = 0;
  /// All rows of timeframe k, [R,F]; empty if they are not resident.
  virtual std::span<float const> resident_rows(std::size_t k) const = 0;
  /// The windows of `samples` in timeframe k. The spans are valid until the next call for the
  /// same k. Throws Error (data) if a streamed file cannot be read.
  virtual WindowRows windows(std::size_t k, std::span<std::size_t const> samples) = 0;
};

/// The data that one coin is trained and evaluated on.
struct CoinDataset {
  std::string coin;
  std::vector<std::size_t> steps;    ///< [K] T of each timeframe
  std::vector<std::int64_t> time_s;  ///< [S] decision time
  std::vector<double> close;         ///< [S] close at the decision time
  std::vector<float> target;         ///< [S] log return over the horizon, unscaled
  Split split;
  Scaler scaler;
  std::string digest;  ///< of the settings and of the shards' sources, see dataset_digest
  std::unique_ptr<WindowSource> source;
};

}  // namespace moneta
