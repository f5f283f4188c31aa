// SPDX-License-Identifier: Apache-2.0
#include "engine/batch_builder.h"

#include <cassert>
#include <chrono>
#include <utility>

namespace moneta {

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

BatchBuilder::BatchBuilder(Backend& backend, std::size_t batch, std::span<std::size_t const> steps)
    : backend_(backend),
      batch_(batch),
      steps_(steps.begin(), steps.end()),
      staging_(steps.size()),
      target_(backend.allocate(batch * sizeof(float))),
      keys_(backend.allocate(batch * sizeof(std::uint64_t))) {
  for (std::size_t k = 0; k < steps_.size(); ++k) {
    ends_.push_back(backend.allocate(batch * sizeof(std::int64_t)));
  }
}

DeviceBatch BatchBuilder::build(DeviceRows const& coin, std::span<std::size_t const> samples,
                                std::span<std::uint64_t const> keys) {
  assert(!samples.empty() && samples.size() <= batch_ && samples.size() == keys.size());
  padded_samples_.assign(samples.begin(), samples.end());
  padded_samples_.resize(batch_, samples.back());
  padded_keys_.assign(keys.begin(), keys.end());
  padded_keys_.resize(batch_, keys.back());
  CoinDataset& dataset = coin.dataset();
  padded_target_.clear();
  for (std::size_t const sample : padded_samples_) {
    padded_target_.push_back(dataset.target[sample] / dataset.scaler.target_stddev);
  }
  backend_.upload(target_->data(), padded_target_.data(), batch_ * sizeof(float));
  backend_.upload(keys_->data(), padded_keys_.data(), batch_ * sizeof(std::uint64_t));

  DeviceBatch batch;
  batch.target = span_of<float const>(*target_);
  batch.samples = span_of<std::uint64_t const>(*keys_);
  batch.valid_count = samples.size();
  for (std::size_t k = 0; k < ends_.size(); ++k) {
    auto const start = std::chrono::steady_clock::now();
    WindowRows const windows = dataset.source->windows(k, padded_samples_);
    wait_seconds_ +=
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    DeviceSpan<float const> rows = coin.rows(k);
    if (rows.empty()) {
      if (!staging_[k]) {
        staging_[k] = backend_.allocate(batch_ * steps_[k] * feature_count * sizeof(float));
      }
      backend_.upload(staging_[k]->data(), windows.rows.data(), windows.rows.size_bytes());
      rows = span_of<float const>(*staging_[k]).subspan(0, windows.rows.size());
    }
    backend_.upload(ends_[k]->data(), windows.ends.data(), windows.ends.size_bytes());
    batch.windows.push_back(
        {rows, span_of<std::int64_t const>(*ends_[k]), coin.mean(k), coin.inverse_stddev(k)});
  }
  return batch;
}

double BatchBuilder::take_wait_seconds() { return std::exchange(wait_seconds_, 0); }

}  // namespace moneta
