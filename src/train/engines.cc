// SPDX-License-Identifier: Apache-2.0
#include "train/engines.h"

#include <optional>

#include "base/error.h"

namespace moneta {
namespace {

/// Some checkpoint of the run: all were made with the same batches and precision.
std::optional<SavedCheckpoint> any_checkpoint(CheckpointIndex const& index, Config const& config) {
  for (std::string const& coin : config.coins) {
    if (auto const last = last_checkpoint(index, coin)) return last;
  }
  return {};
}

Precision agree_on_precision(MpiSession& session, Config const& config, Backend const& backend,
                             std::optional<SavedCheckpoint> const& earlier) {
  if (config.train.precision == PrecisionChoice::automatic && earlier) {
    return precision_named(earlier->precision);
  }
  Precision own = Precision::f32;
  session.together([&] { own = choose_precision(config.train.precision, backend); });
  if (config.train.precision != PrecisionChoice::automatic) return own;
  bool const all = session.smallest(own == Precision::bf16 ? 1 : 0) == 1;
  return all ? Precision::bf16 : Precision::f32;
}

/// The plan of this rank with batches that every rank can take.
Plan agree_on_plan(MpiSession& session, Engines const& engines, Config const& config,
                   std::vector<CoinSizes> const& sizes, RankWork const& work,
                   std::optional<SavedCheckpoint> const& earlier) {
  Plan plan;
  auto const make = [&](BatchLimits const& limits) {
    session.together([&] {
      plan = plan_rank(config, *engines.backend, engines.precision, sizes, work,
                       session.ranks_on_node(), limits);
    });
  };
  BatchLimits limits;
  if (earlier) limits.micro_batch = earlier->micro_batch;
  limits = common_batches(limits, [&](BatchLimits const& within) -> BatchLimits {
    make(within);
    return {session.smallest(plan.micro_batch), session.smallest(plan.evaluation_batch), {}};
  });
  make(limits);
  session.together([&] {
    MONETA_REQUIRE(plan.micro_batch == limits.micro_batch, internal, "a micro-batch of ",
                   plan.micro_batch, " where all ranks agreed on ", limits.micro_batch);
  });
  return plan;
}

}  // namespace

Engines make_engines(MpiSession& session, Config const& config, std::vector<CoinSizes> const& sizes,
                     RankWork const& work, CheckpointIndex const& index) {
  Engines engines;
  auto const earlier = any_checkpoint(index, config);
  session.together([&] {
    engines.backend =
        make_backend(config.device, {session.rank_on_node(), session.ranks_on_node()});
  });
  engines.precision = agree_on_precision(session, config, *engines.backend, earlier);
  engines.plan = agree_on_plan(session, engines, config, sizes, work, earlier);
  session.together([&] {
    std::vector<std::size_t> steps;
    for (TimeframeConfig const& each : config.data.timeframes) steps.push_back(each.steps);
    auto const make = [&](std::size_t batch, bool for_training, auto& model, auto& batches) {
      ForecasterShape shape = forecaster_shape(config, engines.precision, batch, for_training);
      shape.recompute = {engines.plan.levers.layers, engines.plan.levers.timeframes};
      model = std::make_unique<Forecaster>(*engines.backend, shape);
      batches = std::make_unique<BatchBuilder>(*engines.backend, batch, steps);
    };
    make(engines.plan.micro_batch, true, engines.training, engines.training_batches);
    make(engines.plan.evaluation_batch, false, engines.evaluation, engines.evaluation_batches);
    std::size_t const parameters = engines.training->layout().size;
    engines.gradients = engines.backend->allocate(parameters * sizeof(float));
    if (engines.plan.levers.offload) {
      engines.shared_state = std::make_unique<DeviceState>(*engines.backend, parameters);
    }
  });
  return engines;
}

}  // namespace moneta
