// SPDX-License-Identifier: Apache-2.0
#include "train/oom_recovery.h"

#include <cstdint>
#include <optional>
#include <utility>

namespace moneta {
namespace {

/// A member of the team has no plan that is small enough. All members throw it together.
class NoSmallerPlan : public Error {
 public:
  explicit NoSmallerPlan(std::string const& why) : Error(ErrorKind::device, why) {}
};

}  // namespace

OomRecovery::OomRecovery(TrainingDevice& device, Team& team, std::vector<CoinStart> const& coins,
                         Hooks hooks)
    : device_(device), team_(team), coins_(coins), hooks_(std::move(hooks)) {}

void OomRecovery::recover(CoinTrainer& coin, std::string const& why) {
  coin.deactivate();
  std::optional<PlanChange> change;
  try {
    change = switch_to_smaller_plan();
  } catch (NoSmallerPlan const&) {
    hooks_.save(coin);
    team_.all_reduce_min(0);  // waits until the root has saved
    throw;
  } catch (Error const&) {
    hooks_.save(coin);
    throw;
  }
  coin.activate();
  report(*change, coin.coin(), fmt::format("{} The work since the last update is repeated", why));
}

OomRecovery::PlanChange OomRecovery::switch_to_smaller_plan() {
  Plan const before = device_.plan();
  Plan plan = before;
  do {
    device_.clear();
    plan = agree_on_smaller_plan(plan);
  } while (!build(plan));
  return {before, plan};
}

void OomRecovery::report(PlanChange const& change, std::string const& coin,
                         std::string const& what) const {
  auto const& [before, after] = change;
  hooks_.post({.severity = Severity::warning,
               .event = Event::out_of_memory,
               .message = fmt::format("{} with less memory: micro-batch {}, {} (before: {}, {})",
                                      what, after.micro_batch, to_text(after.memory_options),
                                      before.micro_batch, to_text(before.memory_options)),
               .coin = coin,
               .details = {{"planned_bytes", after.total_bytes},
                           {"planned_bytes_before", before.total_bytes},
                           {"micro_batch", after.micro_batch}}});
}

Plan OomRecovery::agree_on_smaller_plan(Plan const& failed) {
  // Nobody knows which member ran out of memory. What only makes an update faster is given up
  // first.
  bool const overlaps = failed.memory_options.overlap_weight_gradients;
  PlanReduction reduction{.micro_batch_at_most = failed.micro_batch,
                          .evaluation_batch_at_most = failed.evaluation_batch,
                          .only_overlap = team_.all_reduce_min(overlaps ? 0 : 1) == 0};
  while (true) {
    std::optional<Plan> plan;
    std::string why = "another rank of the coin's team has no smaller plan";
    try {
      plan = hooks_.smaller_plan(failed, reduction);
    } catch (Error const& error) {
      why = error.what();
    }
    std::size_t const none = 0;
    std::size_t const micro_batch = team_.all_reduce_min(plan ? plan->micro_batch : none);
    if (micro_batch == none) throw NoSmallerPlan(why);
    std::size_t const evaluation_batch = team_.all_reduce_min(plan->evaluation_batch);
    bool const agrees =
        plan->micro_batch == micro_batch && plan->evaluation_batch == evaluation_batch;
    if (team_.all_reduce_min(agrees ? 1 : 0) == 1) return std::move(*plan);
    reduction.micro_batch_at_most = micro_batch;
    reduction.evaluation_batch_at_most = evaluation_batch;
  }
}

bool OomRecovery::build(Plan const& plan) {
  // The algorithms were selected for the current micro-batch. Another one changes the rounding in
  // any case, and they were not benchmarked with it.
  bool const keeps_algorithms = plan.micro_batch == device_.plan().micro_batch;
  bool has_memory = true;
  try {
    for (CoinStart const& start : coins_) {
      if (start.trainer) start.trainer->move_to(plan.memory_options);
    }
    device_.build(plan, keeps_algorithms ? device_.algorithms() : LstmAlgorithms{});
  } catch (OutOfMemory const&) {
    has_memory = false;
  }
  return team_.all_reduce_min(has_memory ? 1 : 0) == 1;
}

}  // namespace moneta
