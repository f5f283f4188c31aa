// SPDX-License-Identifier: Apache-2.0
#include "evaluate/predictor.h"

#include <algorithm>
#include <cstdint>

#include "engine/model_shape.h"
#include "engine/select_device.h"

namespace moneta {
namespace {

std::size_t batch_size(Config const& config) {
  constexpr std::size_t max_windows = 128;
  return std::min(config.device.batch, max_windows);
}

Precision precision_of(Config const& config, CheckpointIndex const& index, Backend const& backend) {
  Precision trained = Precision::f32;
  for (auto const& [coin, entries] : index.coins) {
    if (entries.empty()) continue;
    trained = precision_named(entries.back().precision);
    break;
  }
  return evaluation_precision(config.train.precision, trained, backend);
}

std::vector<std::size_t> steps_of(Config const& config) {
  std::vector<std::size_t> steps;
  for (TimeframeConfig const& each : config.data.timeframes) steps.push_back(each.steps);
  return steps;
}

}  // namespace

Predictor::Predictor(Config const& config, CheckpointIndex const& index)
    : backend_(make_backend(config.device, {})),
      precision_(precision_of(config, index, *backend_)),
      model_(*backend_,
             forecaster_shape(config, precision_, batch_size(config), ModelUse::evaluation)),
      batches_(*backend_, batch_size(config), steps_of(config)) {}

std::vector<float> Predictor::predict(CoinState const& state, CoinDataset& dataset,
                                      SampleRange range) {
  auto const params = backend_->allocate(state.params.size() * sizeof(float));
  backend_->upload(params->data(), state.params.data(), params->bytes());
  model_.load_parameters(span_of<float const>(*params));
  DeviceRows const rows(*backend_, dataset);
  std::vector<float> predictions;
  std::size_t const batch = model_.shape().batch;
  for (std::size_t first = range.begin; first < range.end; first += batch) {
    std::vector<std::size_t> samples;
    for (std::size_t s = first; s < std::min(first + batch, range.end); ++s) samples.push_back(s);
    std::vector<std::uint64_t> const keys(samples.size());
    auto const values = model_.predict(batches_.build(rows, samples, keys));
    std::size_t const before = predictions.size();
    predictions.resize(before + samples.size());
    backend_->download(predictions.data() + before, values.data(), samples.size() * sizeof(float));
  }
  return predictions;
}

}  // namespace moneta
