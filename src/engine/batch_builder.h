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

/// The rows and the scaler of a coin in device memory. All batch builders share them.
class DeviceRows {
 public:
  /// Uploads the scaler, and the rows if `dataset` keeps them resident. `dataset` must outlive this
  /// object. Throws OutOfMemory.
  DeviceRows(Backend& backend, CoinDataset& dataset);
  DeviceRows(DeviceRows const&) = delete;
  DeviceRows& operator=(DeviceRows const&) = delete;

  /// Device memory for a coin with these numbers of rows [K].
  static std::size_t bytes(std::span<std::size_t const> rows);

  CoinDataset& dataset() const { return dataset_; }
  DeviceSpan<float const> rows(std::size_t k) const {
    return rows_[k];
  }  ///< [R,F]; empty if streamed
  DeviceSpan<float const> mean(std::size_t k) const { return mean_[k]; }  ///< [F]
  /// 1 / standard deviation [F].
  DeviceSpan<float const> inverse_stddev(std::size_t k) const { return inverse_stddev_[k]; }

 private:
  DeviceSpan<float const> upload(Backend& backend, std::span<float const> values);

  CoinDataset& dataset_;
  std::vector<std::unique_ptr<DeviceMemory>> memory_;
  std::vector<DeviceSpan<float const>> rows_, mean_, inverse_stddev_;  // [K]
};

/// Builds batches of N windows on the device from the indices of samples: samples -> window ends
/// (and rows, if they are streamed) -> DeviceBatch. It allocates its buffers once.
class BatchBuilder {
 public:
  /// `batch` is N, `steps` [K] are the lengths of the windows. Staging buffers are allocated when
  /// the first coin with streamed rows needs them. Throws OutOfMemory.
  BatchBuilder(Backend& backend, std::size_t batch, std::span<std::size_t const> steps);
  BatchBuilder(BatchBuilder const&) = delete;
  BatchBuilder& operator=(BatchBuilder const&) = delete;

  /// Builds a batch of 1 to N samples, padded with copies of the last one that do not count.
  /// `keys` [samples.size()] select the dropout masks. The batch is valid until the next call.
  /// Throws Error (data) if streamed rows cannot be read.
  DeviceBatch build(DeviceRows const& coin, std::span<std::size_t const> samples,
                    std::span<std::uint64_t const> keys);

  /// Seconds spent waiting for rows since the last call.
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
