// SPDX-License-Identifier: Apache-2.0
#include "engine/batch_builder.h"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <utility>

namespace moneta {
namespace {

/// `bytes` rounded up, so that the next array is aligned for the vector loads of GPUs.
constexpr std::size_t aligned(std::size_t bytes) { return (bytes + 255) / 256 * 256; }

/// Rows of the windows of a batch in one timeframe, [N*T,F].
std::size_t staging_bytes(std::size_t batch, std::size_t steps) {
  return batch * steps * feature_count * sizeof(float);
}

}  // namespace

DeviceRows::DeviceRows(Backend& backend, CoinDataset& dataset) : dataset_(dataset) {
  for (std::size_t k = 0; k < dataset.steps.size(); ++k) {
    rows_.push_back(dataset.source->rows_are_resident()
                        ? upload(backend, dataset.source->resident_rows(k))
                        : DeviceSpan<float const>{});
    mean_.push_back(upload(backend, dataset.scaler.mean[k]));
    std::vector<float> inverse;
    for (float const stddev : dataset.scaler.stddev[k]) inverse.push_back(1 / stddev);
    inverse_stddev_.push_back(upload(backend, inverse));
  }
}

std::size_t DeviceRows::bytes(std::span<std::size_t const> rows) {
  std::size_t sum = 0;
  for (std::size_t const count : rows) sum += (count + 2) * feature_count * sizeof(float);
  return sum;
}

DeviceSpan<float const> DeviceRows::upload(Backend& backend, std::span<float const> values) {
  memory_.push_back(backend.allocate(values.size_bytes()));
  backend.upload(memory_.back()->data(), values.data(), values.size_bytes());
  return span_of<float const>(*memory_.back());
}

BatchBlock::BatchBlock(std::size_t batch, std::size_t timeframes)
    : array_bytes(aligned(batch * sizeof(std::uint64_t))),
      keys(0),
      first_ends(array_bytes),
      target(ends(timeframes)),
      bytes(target + aligned(batch * sizeof(float))) {}

BatchBuilder::BatchBuilder(Backend& backend, std::size_t batch, std::span<std::size_t const> steps)
    : backend_(backend),
      batch_(batch),
      steps_(steps.begin(), steps.end()),
      block_(batch, steps.size()),
      host_block_(block_.bytes),
      device_block_(backend.allocate(block_.bytes)),
      staging_(steps.size()) {}

std::size_t BatchBuilder::bytes(std::size_t batch, std::span<std::size_t const> steps,
                                RowPlacement rows) {
  std::size_t sum = BatchBlock(batch, steps.size()).bytes;
  if (rows == RowPlacement::resident) return sum;
  for (std::size_t const each : steps) sum += staging_bytes(batch, each);
  return sum;
}

DeviceBatch BatchBuilder::build(DeviceRows const& coin, std::span<std::size_t const> samples,
                                std::span<std::uint64_t const> keys) {
  assert(!samples.empty() && samples.size() <= batch_ && samples.size() == keys.size());
  padded_samples_.assign(samples.begin(), samples.end());
  padded_samples_.resize(batch_, samples.back());
  auto const padded_keys = on_host<std::uint64_t>(block_.keys);
  auto const padding = std::copy(keys.begin(), keys.end(), padded_keys.begin());
  std::fill(padding, padded_keys.end(), keys.back());
  CoinDataset const& dataset = coin.dataset();
  std::transform(
      padded_samples_.begin(), padded_samples_.end(), on_host<float>(block_.target).begin(),
      [&](std::size_t sample) { return dataset.target[sample] / dataset.scaler.target_stddev; });

  DeviceBatch batch;
  batch.target = on_device<float>(block_.target);
  batch.samples = on_device<std::uint64_t>(block_.keys);
  batch.valid_count = samples.size();
  for (std::size_t k = 0; k < steps_.size(); ++k) {
    DeviceSpan<float const> const rows = place_windows(coin, k);
    batch.windows.push_back(
        {rows, on_device<std::int64_t>(block_.ends(k)), coin.mean(k), coin.inverse_stddev(k)});
  }
  backend_.upload(device_block_->data(), host_block_.data(), host_block_.size());
  return batch;
}

DeviceSpan<float const> BatchBuilder::place_windows(DeviceRows const& coin, std::size_t k) {
  auto const start = std::chrono::steady_clock::now();
  WindowRows const windows = coin.dataset().source->windows(k, padded_samples_);
  wait_seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  assert(windows.ends.size() == batch_);
  std::copy(windows.ends.begin(), windows.ends.end(),
            on_host<std::int64_t>(block_.ends(k)).begin());
  if (!coin.rows(k).empty()) return coin.rows(k);
  if (!staging_[k]) staging_[k] = backend_.allocate(staging_bytes(batch_, steps_[k]));
  backend_.upload(staging_[k]->data(), windows.rows.data(), windows.rows.size_bytes());
  return span_of<float const>(*staging_[k]).subspan(0, windows.rows.size());
}

double BatchBuilder::take_wait_seconds() { return std::exchange(wait_seconds_, 0); }

}  // namespace moneta
