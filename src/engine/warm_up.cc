// SPDX-License-Identifier: Apache-2.0
#include "engine/warm_up.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "base/error.h"
#include "engine/model_shape.h"
#include "model/memory.h"
#include "optim/optimizer.h"

namespace moneta {
namespace {

constexpr std::size_t most_steps = 4, most_layers = 2;
constexpr std::size_t updated_parameters = 1024;  // any number runs the same kernel

/// The shape of the model, reduced to one timeframe, a few time steps and two layers, with all
/// streams of the device in use.
ForecasterShape small_shape(Config const& config, Precision precision, std::size_t batch,
                            ModelUse use) {
  ForecasterShape shape = forecaster_shape(config, precision, batch, use);
  shape.timeframes.resize(1);
  shape.timeframes[0].steps = std::min(shape.timeframes[0].steps, most_steps);
  shape.model.layers = std::min(shape.model.layers, most_layers);
  // So that the libraries also take the memory for a second stream before it is measured.
  shape.overlap_weight_gradients = true;
  return shape;
}

/// The models of a warm-up, and the sizes of what it allocates, in bytes.
struct WarmUpPlan {
  WarmUpPlan(Backend const& backend, Config const& config, Precision precision, std::size_t batch)
      : training(small_shape(config, precision, batch, ModelUse::training)),
        evaluation(small_shape(config, precision, batch, ModelUse::evaluation)) {
    ForecasterBytes const first = forecaster_bytes(backend, training);
    ForecasterBytes const second = forecaster_bytes(backend, evaluation);
    arena = std::max(first.arena(), second.arena());
    packed_weights = first.packed_weights + second.packed_weights;
    parameters = make_layout(training.model, {training.timeframes[0].name}).size * sizeof(float);
    rows = training.timeframes[0].steps * feature_count * sizeof(float);
  }

  std::size_t total() const {
    return arena + packed_weights + 2 * parameters + 2 * moment_array + rows + scaler + ends() +
           target() + samples();
  }
  std::size_t ends() const { return training.batch * sizeof(std::int64_t); }
  std::size_t target() const { return training.batch * sizeof(float); }
  std::size_t samples() const { return training.batch * sizeof(std::uint64_t); }

  static constexpr std::size_t moment_array = updated_parameters * sizeof(float);
  static constexpr std::size_t scaler = feature_count * sizeof(float);
  ForecasterShape training, evaluation;
  std::size_t arena = 0, packed_weights = 0, parameters = 0, rows = 0;
};

/// With the largest batch, at most `batch`, that needs at most `limit_bytes`; nothing if even one
/// window needs more.
std::optional<WarmUpPlan> plan_warm_up(Backend const& backend, Config const& config,
                                       Precision precision, std::size_t batch,
                                       std::size_t limit_bytes) {
  for (; batch > 0; batch /= 2) {
    WarmUpPlan plan(backend, config, precision, batch);
    if (plan.total() <= limit_bytes) return plan;
  }
  return {};
}

/// One update and one validation with zeros for data and parameters.
void use_once(Backend& backend, OptimizerConfig const& optimizer, WarmUpPlan const& plan) {
  auto const zeros = [&](std::size_t bytes) {
    auto memory = backend.allocate(bytes);
    backend.zero(memory->data(), bytes);
    return memory;
  };
  std::size_t const batch = plan.training.batch;
  auto const last_row = static_cast<std::int64_t>(plan.training.timeframes[0].steps) - 1;
  auto const ends = backend.allocate(plan.ends());
  backend.upload(ends->data(), std::vector(batch, last_row).data(), ends->bytes());
  auto const rows = zeros(plan.rows), scaler = zeros(WarmUpPlan::scaler),
             target = zeros(plan.target()), samples = zeros(plan.samples());
  DeviceBatch windows;
  windows.windows.push_back({span_of<float const>(*rows), span_of<std::int64_t const>(*ends),
                             span_of<float const>(*scaler), span_of<float const>(*scaler)});
  windows.target = span_of<float const>(*target);
  windows.samples = span_of<std::uint64_t const>(*samples);
  windows.valid_count = batch;

  auto const arena = backend.allocate(plan.arena);
  Forecaster training(backend, plan.training, *arena), evaluation(backend, plan.evaluation, *arena);
  auto const params = zeros(plan.parameters), gradients = zeros(plan.parameters),
             m = zeros(WarmUpPlan::moment_array), v = zeros(WarmUpPlan::moment_array);
  training.load_parameters(span_of<float const>(*params));
  training.accumulate_gradient(windows, 0, 1, span_of<float>(*gradients));
  PlannedUpdate const update =
      plan_update(backend, optimizer, 0.1, 1, span_of<float const>(*gradients));
  std::size_t const updated = std::min(updated_parameters, training.layout().size);
  backend.adamw(update.adamw, span_of<float>(*params).subspan(0, updated),
                span_of<float>(*m).subspan(0, updated), span_of<float>(*v).subspan(0, updated),
                span_of<float const>(*gradients).subspan(0, updated));
  evaluation.load_parameters(span_of<float const>(*params));
  evaluation.add_loss(windows);
  backend.take_loss_sum();
}

}  // namespace

void warm_up(Backend& backend, Config const& config, Precision precision, std::size_t batch,
             std::size_t limit_bytes) {
  if (!backend.memory_use()) return;
  auto const plan = plan_warm_up(backend, config, precision, batch, limit_bytes);
  if (!plan) return;
  try {
    use_once(backend, config.train.optimizer, *plan);
  } catch (OutOfMemory const&) {
    // The planner reports it, with the sizes.
  }
}

}  // namespace moneta
