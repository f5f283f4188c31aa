// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "backend/backend.h"
#include "base/shape.h"
#include "model/forecaster.h"
#include "support/on_device.h"

namespace moneta {

/// The windows of one timeframe on the host; see DeviceWindows.
struct HostWindows {
  std::vector<float> rows;  ///< [R,F]
  std::vector<std::int64_t> ends;
  std::vector<float> mean = std::vector<float>(feature_count, 0.0f);
  std::vector<float> inverse_stddev = std::vector<float>(feature_count, 1.0f);
};

struct HostBatch {
  std::vector<HostWindows> windows;  ///< [K]
  std::vector<float> target;
  std::size_t valid_count = 0;
  std::vector<std::uint64_t> samples;

  /// Windows [begin, begin + count), all valid.
  HostBatch part(std::size_t begin, std::size_t count) const {
    auto const cut = [&](auto const& values) {
      auto const from = values.begin() + static_cast<std::ptrdiff_t>(begin);
      return std::vector(from, from + static_cast<std::ptrdiff_t>(count));
    };
    HostBatch result{windows, cut(target), count, cut(samples)};
    for (HostWindows& each : result.windows) each.ends = cut(each.ends);
    return result;
  }
};

/// A host batch with a copy on a device.
class BatchOnDevice {
 public:
  BatchOnDevice(Backend& backend, HostBatch const& host)
      : target_(backend, host.target),
        samples_(backend, host.samples),
        valid_count_(host.valid_count) {
    for (HostWindows const& each : host.windows) {
      rows_.emplace_back(backend, each.rows);
      ends_.emplace_back(backend, each.ends);
      mean_.emplace_back(backend, each.mean);
      inverse_.emplace_back(backend, each.inverse_stddev);
    }
  }
  DeviceBatch view() const {
    DeviceBatch batch;
    for (std::size_t k = 0; k < rows_.size(); ++k) {
      batch.windows.push_back(
          {rows_[k].span(), ends_[k].span(), mean_[k].span(), inverse_[k].span()});
    }
    batch.target = target_.span();
    batch.samples = samples_.span();
    batch.valid_count = valid_count_;
    return batch;
  }

 private:
  OnDevice<float> target_;
  OnDevice<std::uint64_t> samples_;
  std::size_t valid_count_;
  std::vector<OnDevice<float>> rows_, mean_, inverse_;
  std::vector<OnDevice<std::int64_t>> ends_;
};

/// A batch of overlapping windows for a forecaster of this shape, all valid. Some features are
/// beyond the clip at +-10.
inline HostBatch noisy_batch(ForecasterShape const& shape) {
  HostBatch batch;
  for (std::size_t k = 0; k < shape.timeframes.size(); ++k) {
    std::size_t const steps = shape.timeframes[k].steps;
    HostWindows windows;
    windows.rows = noise((steps + 2 * shape.batch) * feature_count, 3.0f, 100 + k);
    windows.rows[feature_count + 1] = 50.0f;
    windows.mean = noise(feature_count, 0.5f, 200 + k);
    windows.inverse_stddev = noise(feature_count, 0.3f, 300 + k);
    for (float& value : windows.inverse_stddev) value += 1;
    for (std::size_t n = 0; n < shape.batch; ++n) {
      windows.ends.push_back(static_cast<std::int64_t>(steps + 2 * n));
    }
    batch.windows.push_back(windows);
  }
  batch.target = noise(shape.batch, 2.0f, 400);
  batch.valid_count = shape.batch;
  for (std::size_t n = 0; n < shape.batch; ++n) batch.samples.push_back(1000 + 7 * n);
  return batch;
}

}  // namespace moneta
