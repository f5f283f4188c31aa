// SPDX-License-Identifier: Apache-2.0
#include "engine/prepare_device.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/error.h"
#include "engine/warm_up.h"

namespace moneta {
namespace {

/// Of the coins' last checkpoints the one with the smallest micro-batch: they differ after a rank
/// ran out of memory.
std::optional<SavedCheckpoint> most_careful_checkpoint(CheckpointIndex const& index,
                                                       Config const& config) {
  std::optional<SavedCheckpoint> found;
  for (std::string const& coin : config.coins) {
    auto const last = last_checkpoint(index, coin);
    if (last && (!found || last->micro_batch < found->micro_batch)) found = last;
  }
  return found;
}

Precision agree_on_precision(MpiSession& session, Config const& config, Backend const& backend,
                             std::optional<SavedCheckpoint> const& earlier) {
  if (config.train.precision == PrecisionChoice::automatic && earlier) {
    return precision_named(earlier->precision);
  }
  Precision own = Precision::f32;
  session.collective([&] { own = choose_precision(config.train.precision, backend); });
  if (config.train.precision != PrecisionChoice::automatic) return own;
  bool const all = session.all_reduce_min(own == Precision::bf16 ? 1 : 0) == 1;
  return all ? Precision::bf16 : Precision::f32;
}

/// Who plans, and for what.
struct Planner {
  MpiSession& session;
  Config const& config;
  std::vector<CoinSizes> const& sizes;
  RankWork const& work;
  Backend const& backend;
  DeviceShare share;
  Precision precision;
};

/// The plan of this rank with batches that every rank can take.
Plan agree_on_plan(Planner const& by, BatchLimits limits) {
  Plan plan;
  auto const make = [&](BatchLimits const& within) {
    by.session.collective([&] {
      plan = plan_rank(by.config, by.backend, by.precision, by.sizes, by.work, by.share, within);
    });
  };
  limits = common_batches(limits, [&](BatchLimits within) {
    make(within);
    within.micro_batch = by.session.all_reduce_min(plan.micro_batch);
    within.evaluation_batch = by.session.all_reduce_min(plan.evaluation_batch);
    return within;
  });
  make(limits);
  by.session.collective([&] {
    MONETA_REQUIRE(plan.micro_batch == limits.micro_batch, internal,
                   "a micro-batch of {} where all ranks agreed on {}", plan.micro_batch,
                   limits.micro_batch);
  });
  return plan;
}

/// Nine tenths: large enough a step to get somewhere, small enough not to give up much.
std::size_t less_than(Plan const& failed) { return failed.total_bytes / 10 * 9; }

}  // namespace

Plan smaller_plan(TrainingDevice const& device, Config const& config,
                  std::vector<CoinSizes> const& sizes, RankWork const& work, DeviceShare share,
                  Plan const& failed, std::size_t micro_batch_at_most) {
  BatchLimits limits;
  limits.micro_batch = micro_batch_at_most;
  limits.evaluation_batch = failed.evaluation_batch;
  limits.memory_bytes = less_than(failed);
  return plan_rank(config, device.backend(), device.precision(), sizes, work, share, limits);
}

ReadyDevice make_training_device(MpiSession& session, Config const& config,
                                 std::vector<CoinSizes> const& sizes, RankWork const& work,
                                 CheckpointIndex const& index, OpenDevice opened) {
  ReadyDevice ready;
  ready.share = opened.share;
  ready.gpus = std::move(opened.gpus);
  auto const earlier = most_careful_checkpoint(index, config);
  Precision const precision = agree_on_precision(session, config, *opened.backend, earlier);
  session.collective([&] {
    std::size_t const own_part = config.train.effective_batch() / work.team_size;
    warm_up(*opened.backend, config, precision, std::clamp<std::size_t>(own_part, 1, 128));
  });
  Planner const planner{session, config, sizes, work, *opened.backend, ready.share, precision};
  BatchLimits limits;
  if (earlier) limits.micro_batch = earlier->micro_batch;
  ready.device = std::make_unique<TrainingDevice>(
      std::move(opened.backend), std::move(opened.gradient_all_reduce), config, precision);
  std::size_t decided_for = 0;
  for (bool built = false; !built;) {
    Plan const plan = agree_on_plan(planner, limits);
    if (plan.micro_batch != decided_for) {
      ready.lstm = select_lstm_on_all_ranks(
          session, config.device.lstm_algorithm, ready.device->backend(),
          forecaster_shape(config, precision, plan.micro_batch, true), earlier);
      decided_for = plan.micro_batch;
    }
    bool enough = true;
    session.collective([&] {
      try {
        ready.device->build(plan, ready.lstm.algorithms);
      } catch (OutOfMemory const& error) {
        enough = false;
        ready.shortages.emplace_back(error.what());
        limits.memory_bytes = less_than(plan);
      }
    });
    built = session.all_reduce_min(enough ? 1 : 0) == 1;
  }
  return ready;
}

}  // namespace moneta
