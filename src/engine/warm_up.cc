// SPDX-License-Identifier: Apache-2.0
#include "engine/warm_up.h"

#include <algorithm>
#include <vector>

#include "base/error.h"
#include "engine/model_shape.h"
#include "optim/optimizer.h"

namespace moneta {
namespace {

constexpr std::size_t most_steps = 4, most_layers = 2;

/// The shape of the model, reduced to one timeframe, a few time steps and two layers.
ForecasterShape small_shape(Config const& config, Precision precision, std::size_t batch,
                            ModelUse use) {
  ForecasterShape shape = forecaster_shape(config, precision, batch, use);
  shape.timeframes.resize(1);
  shape.timeframes[0].steps = std::min(shape.timeframes[0].steps, most_steps);
  shape.model.layers = std::min(shape.model.layers, most_layers);
  return shape;
}

/// One update and one validation with zeros for data and parameters.
void use_once(Backend& backend, Config const& config, Precision precision, std::size_t batch) {
  ForecasterShape const shape = small_shape(config, precision, batch, ModelUse::training);
  std::size_t const steps = shape.timeframes[0].steps;
  auto const zeros = [&](std::size_t bytes) {
    auto memory = backend.allocate(bytes);
    backend.zero(memory->data(), bytes);
    return memory;
  };
  auto const ends = backend.allocate(batch * sizeof(std::int64_t));
  backend.upload(ends->data(), std::vector(batch, static_cast<std::int64_t>(steps) - 1).data(),
                 ends->bytes());
  auto const rows = zeros(steps * feature_count * sizeof(float));
  auto const scaler = zeros(feature_count * sizeof(float));
  auto const target = zeros(batch * sizeof(float));
  auto const samples = zeros(batch * sizeof(std::uint64_t));
  DeviceBatch windows;
  windows.windows.push_back({span_of<float const>(*rows), span_of<std::int64_t const>(*ends),
                             span_of<float const>(*scaler), span_of<float const>(*scaler)});
  windows.target = span_of<float const>(*target);
  windows.samples = span_of<std::uint64_t const>(*samples);
  windows.valid_count = batch;

  Forecaster training(backend, shape);
  Forecaster evaluation(backend, small_shape(config, precision, batch, ModelUse::evaluation));
  std::size_t const array_bytes = training.layout().size * sizeof(float);
  auto const params = zeros(array_bytes), gradients = zeros(array_bytes), m = zeros(array_bytes),
             v = zeros(array_bytes);
  training.load_parameters(span_of<float const>(*params));
  training.accumulate_gradient(windows, 0, 1, span_of<float>(*gradients));
  PlannedUpdate const update =
      plan_update(backend, config.train.optimizer, 0.1, 1, span_of<float const>(*gradients));
  backend.adamw(update.adamw, span_of<float>(*params), span_of<float>(*m), span_of<float>(*v),
                span_of<float const>(*gradients));
  evaluation.load_parameters(span_of<float const>(*params));
  evaluation.add_loss(windows);
  backend.take_loss_sum();
}

}  // namespace

void warm_up(Backend& backend, Config const& config, Precision precision, std::size_t batch) {
  if (!backend.memory_use()) return;
  try {
    use_once(backend, config, precision, batch);
  } catch (OutOfMemory const&) {
    // The planner reports it, with the sizes.
  }
}

}  // namespace moneta
