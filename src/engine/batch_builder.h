// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "backend/backend.h"
#include "data/dataset.h"
#include "model/forecaster.h"

namespace moneta {

/// A coin's rows and scaler on the device, shared by all its batch builders.
class DeviceRows {
 public:
  /// Uploads what is resident; `dataset` must outlive this.
  DeviceRows(Backend& backend, CoinDataset& dataset);
  DeviceRows(DeviceRows const&) = delete;
  DeviceRows& operator=(DeviceRows const&) = delete;

  /// Bytes it takes for rows of these counts [K].
  static std::size_t bytes(std::span<std::size_t const> rows);

  CoinDataset& dataset() const { return dataset_; }
  DeviceSpan<float const> rows(std::size_t k) const { return rows_[k]; }  ///< empty if streamed
  DeviceSpan<float const> mean(std::size_t k) const { return mean_[k]; }
  DeviceSpan<float const> inverse_stddev(std::size_t k) const { return inverse_stddev_[k]; }

 private:
  DeviceSpan<float const> keep(Backend& backend, std::span<float const> values);

  CoinDataset& dataset_;
  std::vector<std::unique_ptr<DeviceMemory>> memory_;
  std::vector<DeviceSpan<float const>> rows_, mean_, inverse_stddev_;  // [K]
};

/// Turns sample numbers into batches of N windows on the device: samples -> window ends (and rows,
/// where they are streamed) -> DeviceBatch. Buffers are taken once.
class BatchBuilder {
 public:
  /// `batch` = N. `steps` [K] are the windows' lengths. Staging for streamed rows is taken with the
  /// first coin that needs it.
  BatchBuilder(Backend& backend, std::size_t batch, std::span<std::size_t const> steps);
  BatchBuilder(BatchBuilder const&) = delete;
  BatchBuilder& operator=(BatchBuilder const&) = delete;

  /// At most N samples; the batch is filled up with the last one, which then does not count.
  /// keys [samples.size()] tell the dropout masks apart. Valid until the next call.
  DeviceBatch build(DeviceRows const& coin, std::span<std::size_t const> samples,
                    std::span<std::uint64_t const> keys);

  /// Seconds spent in waiting for streamed rows since the last call.
  double take_wait_seconds();

 private:
  Backend& backend_;
  std::size_t batch_;
  std::vector<std::size_t> steps_;                             // [K]
  std::vector<std::unique_ptr<DeviceMemory>> ends_, staging_;  // [K]
  std::unique_ptr<DeviceMemory> target_, keys_;
  std::vector<std::size_t> padded_samples_;
  std::vector<std::uint64_t> padded_keys_;
  std::vector<float> padded_target_;
  double wait_seconds_ = 0;
};

}  // namespace moneta
