// SPDX-License-Identifier: Apache-2.0
#include "engine/prepare_device.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/error.h"
#include "engine/gradient_all_reduce.h"
#include "engine/model_shape.h"
#include "engine/plan_inputs.h"
#include "engine/warm_up.h"
#include "model/gradient_parts.h"

namespace moneta {
namespace {

/// The last checkpoint with the smallest micro-batch. The micro-batches of coins differ after a
/// rank ran out of memory.
std::optional<SavedCheckpoint> last_with_smallest_micro_batch(CheckpointIndex const& index,
                                                              Config const& config) {
  std::optional<SavedCheckpoint> found;
  for (std::string const& coin : config.coins) {
    auto const last = last_checkpoint(index, coin);
    if (last && (!found || last->micro_batch < found->micro_batch)) found = last;
  }
  return found;
}

/// The precision of all ranks. Throws CollectiveError (config) if a device does not support it.
Precision agree_on_precision(StartStages const& stages, Config const& config,
                             Backend const& backend,
                             std::optional<SavedCheckpoint> const& earlier) {
  if (config.train.precision == PrecisionChoice::automatic && earlier) {
    Precision const trained = precision_named(earlier->precision);
    stages.collective([&] {
      MONETA_REQUIRE(
          backend.supports(trained), config,
          "the run was trained in {}, which this device does not support ({}). Set train.precision=f32 (the run continues with other rounding)?",
          to_string(trained), backend.description());
    });
    return trained;
  }
  Precision own = Precision::f32;
  stages.collective([&] { own = choose_precision(config.train.precision, backend); });
  if (config.train.precision != PrecisionChoice::automatic) return own;
  bool const all = stages.all_reduce_min(own == Precision::bf16 ? 1 : 0) == 1;
  return all ? Precision::bf16 : Precision::f32;
}

/// Makes the plan of this rank together with all other ranks.
struct Planner {
  StartStages const& stages;
  Config const& config;
  std::vector<CoinSizes> const& sizes;
  RankWork const& work;
  Backend const& backend;
  ResourceSharing sharing;
  Precision precision;

  /// A plan of this rank with batches that all ranks use. Waits for all ranks.
  Plan agree_on_plan(BatchLimits limits) const {
    Plan plan;
    auto const plan_within = [&](BatchLimits const& within) {
      stages.collective(
          [&] { plan = plan_rank(config, backend, precision, sizes, work, sharing, within); });
    };
    limits = common_batches(limits, [&](BatchLimits within) {
      plan_within(within);
      within.micro_batch = stages.all_reduce_min(plan.micro_batch);
      within.evaluation_batch = stages.all_reduce_min(plan.evaluation_batch);
      return within;
    });
    plan_within(limits);
    stages.collective([&] {
      MONETA_REQUIRE(
          plan.micro_batch == limits.micro_batch &&
              plan.evaluation_batch == limits.evaluation_batch,
          internal,
          "this rank planned a micro-batch of {} and an evaluation batch of {} (all ranks agreed on {} and {})",
          plan.micro_batch, plan.evaluation_batch, limits.micro_batch, limits.evaluation_batch);
    });
    return plan;
  }
};

/// Nine tenths of what a plan may change: small enough a step to waste little memory, large enough
/// to succeed after a few steps.
std::size_t less_than(Plan const& failed) {
  return (failed.total_bytes - failed.unchangeable_bytes) / 10 * 9;
}

/// Bounds the next plan after the memory of `failed` was not available. What only makes it faster
/// is given up first.
void give_up_memory(BatchLimits& limits, Plan const& failed) {
  if (failed.memory_options.overlap_weight_gradients) {
    limits.may_overlap_weight_gradients = false;
  } else {
    limits.variable_bytes = less_than(failed);
  }
}

/// Measures the memory of the device while no rank has allocated anything, since ranks may share a
/// GPU. Waits for all ranks before and after it.
void measure(StartStages const& stages, Backend& backend) {
  stages.all_reduce_min(0);
  stages.collective([&] { backend.measure_memory(); });
}

/// Selects the LSTM algorithms for a plan.
void select_algorithms(PreparedDevice& prepared, Planner const& planner, Plan const& plan,
                       std::optional<SavedCheckpoint> const& earlier) {
  planner.stages.begin("selects its LSTM algorithms");
  prepared.lstm = select_lstm_on_all_ranks(
      planner.stages, planner.config.device.lstm_algorithm, prepared.device->backend(),
      forecaster_shape(planner.config, planner.precision, plan.micro_batch, ModelUse::training),
      earlier);
}

/// Plans and allocates until every rank has the memory of its plan. `earlier` is the checkpoint
/// whose choices a resumed run keeps.
void allocate(PreparedDevice& prepared, Planner const& planner,
              std::optional<SavedCheckpoint> const& earlier) {
  StartStages const& stages = planner.stages;
  BatchLimits limits;
  if (earlier) limits.micro_batch = earlier->micro_batch;
  std::size_t selected_for = 0;  // the micro-batch for which LSTM algorithms were selected
  while (true) {
    stages.begin("plans its memory");
    Plan const plan = planner.agree_on_plan(limits);
    if (plan.micro_batch != selected_for) {
      select_algorithms(prepared, planner, plan, earlier);
      selected_for = plan.micro_batch;
    }
    stages.begin("allocates the memory of its plan");
    bool allocated = true;
    stages.collective([&] {
      try {
        prepared.device->build(plan, prepared.lstm.algorithms);
      } catch (OutOfMemory const& error) {
        allocated = false;
        prepared.shortages.emplace_back(error.what());
        give_up_memory(limits, plan);
      }
    });
    if (stages.all_reduce_min(allocated ? 1 : 0) == 1) return;
    stages.collective([&] { prepared.device->clear(); });
    measure(stages, prepared.device->backend());
  }
}

/// The precision of all ranks, after notes about what limits it and the choice of the device.
Precision select_precision(PreparedDevice& prepared, StartStages const& stages,
                           Config const& config, std::optional<SavedCheckpoint> const& earlier) {
  Backend const& backend = *prepared.backend;
  Precision const precision = agree_on_precision(stages, config, backend, earlier);
  std::string const hint = precision_hint(config.train.precision, backend);
  if (precision == Precision::f32 && !hint.empty()) prepared.notes.push_back(hint);
  return precision;
}

/// Opens the device, and determines which ranks share it. Returns its gpu_identity.
std::string open_and_share(PreparedDevice& prepared, StartStages const& stages,
                           Config const& config, OpenBackend const& open_device) {
  MpiSession const& session = stages.session();
  stages.begin("opens its device");
  std::string gpu;
  stages.collective([&] {
    OpenedBackend own =
        open_device(config.device, {session.rank_on_node(), session.ranks_on_node()});
    prepared.backend = std::move(own.backend);
    prepared.notes = std::move(own.notes);
    gpu = std::move(own.gpu);
  });
  prepared.gpus = stages.all_gather(gpu);
  prepared.sharing.ranks_on_node = session.ranks_on_node();
  if (!gpu.empty()) {
    prepared.sharing.ranks_on_gpu = ranks_on_gpu_of(session.rank(), prepared.gpus);
    prepared.sharing.contexts = prepared.sharing.ranks_on_gpu;
  }
  return gpu;
}

}  // namespace

void prepare_device(PreparedDevice& prepared, StartStages const& stages, Team& team,
                    Config const& config, std::vector<CoinSizes> const& sizes, RankWork const& work,
                    CheckpointIndex const& index, OpenBackend const& open_device) {
  std::string const gpu = open_and_share(prepared, stages, config, open_device);
  Backend& backend = *prepared.backend;
  // NCCL allocates device memory, so the all-reduce is created before anything is planned.
  stages.begin("connects to its team");
  prepared.all_reduce = make_gradient_all_reduce(
      team, backend, gpu,
      gradient_parts(forecaster_shape(config, Precision::f32, 1, ModelUse::training)));
  if (can_all_reduce_between_gpus(team.all_gather(gpu))) {
    prepared.sharing.team_sum = TeamSum::between_gpus;
  }

  auto const earlier = last_with_smallest_micro_batch(index, config);
  Precision const precision = select_precision(prepared, stages, config, earlier);
  stages.begin("runs the first update on its device");
  std::size_t const own_part = config.train.effective_batch() / work.team_size;
  stages.collective([&] {
    warm_up(
        backend, config, precision, std::clamp<std::size_t>(own_part, 1, 128),
        plan_inputs::warm_up_limit_bytes(config.device, backend, prepared.sharing.ranks_on_gpu));
  });
  measure(stages, backend);
  Planner const planner{stages, config, sizes, work, backend, prepared.sharing, precision};
  prepared.device =
      std::make_unique<TrainingDevice>(std::move(prepared.backend), std::move(prepared.all_reduce),
                                       config, precision, prepared.sharing.team_sum);
  allocate(prepared, planner, earlier);
}

Plan smaller_plan(TrainingDevice const& device, Config const& config,
                  std::vector<CoinSizes> const& sizes, RankWork const& work,
                  ResourceSharing sharing, Plan const& failed, PlanReduction const& reduction) {
  BatchLimits limits;
  limits.micro_batch = reduction.micro_batch_at_most;
  limits.evaluation_batch = reduction.evaluation_batch_at_most;
  limits.may_overlap_weight_gradients = false;
  if (reduction.only_overlap) {
    // The same plan without the overlap: other options might need more than the memory there is.
    limits.memory_options = failed.memory_options;
    limits.memory_options->overlap_weight_gradients = false;
  } else {
    limits.variable_bytes = less_than(failed);
  }
  return plan_rank(config, device.backend(), device.precision(), sizes, work, sharing, limits);
}

}  // namespace moneta
