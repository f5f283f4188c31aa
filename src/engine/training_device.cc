// SPDX-License-Identifier: Apache-2.0
#include "engine/training_device.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "engine/model_shape.h"

namespace moneta {

TrainingDevice::TrainingDevice(std::unique_ptr<Backend> backend,
                               std::unique_ptr<GradientAllReduce> gradient_all_reduce,
                               Config const& config, Precision precision, TeamSum team_sum)
    : backend_(std::move(backend)),
      gradient_all_reduce_(std::move(gradient_all_reduce)),
      config_(config),
      precision_(precision),
      rounding_(backend_->rounding_identity()),
      layout_(layout_of(config)),
      copies_(backend_->make_copy_stream()) {
  if (team_sum == TeamSum::between_gpus) rounding_ += ", " + gradient_all_reduce_->description();
}

void TrainingDevice::build(Plan plan, LstmAlgorithms algorithms) {
  clear();
  try {
    allocate(plan, algorithms);
  } catch (OutOfMemory const&) {
    clear();
    throw;
  }
  plan_ = std::move(plan);
  algorithms_ = algorithms;
}

void TrainingDevice::clear() {
  copies_->wait();
  if (shared_.moments) shared_.moments->wait();
  evaluation_.reset(), training_.reset();
  evaluation_batches_.reset(), training_batches_.reset();
  arena_.reset();
  shared_ = {};
}

void TrainingDevice::allocate(Plan const& plan, LstmAlgorithms const& algorithms) {
  ForecasterShape training =
      training_shape(config_, precision_, plan.micro_batch, plan.memory_options);
  training.algorithms = algorithms;
  ForecasterShape const evaluation =
      forecaster_shape(config_, precision_, plan.evaluation_batch, ModelUse::evaluation);
  std::size_t arena_bytes = forecaster_bytes(*backend_, training).arena();
  if (!plan.memory_options.share_model) {
    arena_bytes = std::max(arena_bytes, forecaster_bytes(*backend_, evaluation).arena());
  }
  std::vector<std::size_t> steps;
  for (TimeframeConfig const& each : config_.data.timeframes) steps.push_back(each.steps);

  arena_ = backend_->allocate(arena_bytes);
  training_ = std::make_unique<Forecaster>(*backend_, training, *arena_);
  training_batches_ = std::make_unique<BatchBuilder>(*backend_, plan.micro_batch, steps);
  if (!plan.memory_options.share_model) {
    evaluation_ = std::make_unique<Forecaster>(*backend_, evaluation, *arena_);
    evaluation_batches_ = std::make_unique<BatchBuilder>(*backend_, plan.evaluation_batch, steps);
  }
  auto const array = [&] { return backend_->allocate(layout_.size * sizeof(float)); };
  shared_.gradients = array();
  if (plan.memory_options.offload_inactive) shared_.params = array();
  if (plan.memory_options.offload_optimizer) {
    shared_.moments = std::make_unique<MomentStream>(*backend_, layout_.size);
  } else if (plan.memory_options.offload_inactive) {
    shared_.m = array(), shared_.v = array();
  }
}

}  // namespace moneta
