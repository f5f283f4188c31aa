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

/// Where the rows of coins are while they are trained: in device memory, or in files (dense shards)
/// from which each batch is read.
enum class RowPlacement { resident, streamed };

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

/// Where the arrays [N] of a batch begin in one block of memory, in bytes. They are uploaded
/// together, because every upload of a small array costs as much as one of all of them.
struct BatchBlock {
  /// `batch` is N, `timeframes` is K.
  BatchBlock(std::size_t batch, std::size_t timeframes);

  std::size_t ends(std::size_t k) const { return first_ends + k * array_bytes; }  ///< int64

  std::size_t array_bytes;  ///< of an array of 64-bit numbers, rounded up for the alignment
  std::size_t keys;         ///< uint64
  std::size_t first_ends;
  std::size_t target;  ///< float
  std::size_t bytes;   ///< of the whole block
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

  /// Device memory of a builder, without and with staging buffers for streamed rows.
  static std::size_t bytes(std::size_t batch, std::span<std::size_t const> steps,
                           RowPlacement rows);

  /// Builds a batch of 1 to N samples, padded with copies of the last one that do not count.
  /// `keys` [samples.size()] select the dropout masks. The batch is valid until the next call.
  /// Throws Error (data) if streamed rows cannot be read.
  DeviceBatch build(DeviceRows const& coin, std::span<std::size_t const> samples,
                    std::span<std::uint64_t const> keys);

  /// Seconds spent waiting for rows since the last call.
  double take_wait_seconds();

 private:
  // An array of the block.
  template <class T>
  std::span<T> on_host(std::size_t offset) {
    return {reinterpret_cast<T*>(host_block_.data() + offset), batch_};
  }
  template <class T>
  DeviceSpan<T const> on_device(std::size_t offset) {
    return {reinterpret_cast<T const*>(static_cast<std::byte*>(device_block_->data()) + offset),
            batch_};
  }
  /// Writes the ends of the windows of timeframe k to the host block, and returns their rows on the
  /// device. Streamed rows are uploaded separately: to copy them into the block first would take
  /// longer than the call that it saves.
  DeviceSpan<float const> place_windows(DeviceRows const& coin, std::size_t k);

  Backend& backend_;
  std::size_t batch_;
  std::vector<std::size_t> steps_;  // [K]
  BatchBlock block_;
  std::vector<std::byte> host_block_;
  std::unique_ptr<DeviceMemory> device_block_;
  std::vector<std::unique_ptr<DeviceMemory>> staging_;  // [K]; null until rows are streamed
  std::vector<std::size_t> padded_samples_;
  double wait_seconds_ = 0;
};

}  // namespace moneta
