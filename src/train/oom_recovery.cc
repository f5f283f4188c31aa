// SPDX-License-Identifier: Apache-2.0
#include "train/oom_recovery.h"

#include <cstdint>
#include <optional>
#include <utility>

namespace moneta {

OomRecovery::OomRecovery(TrainingDevice& device, Team& team, std::vector<CoinStart> const& coins,
                         Hooks hooks)
    : device_(device), team_(team), coins_(coins), hooks_(std::move(hooks)) {}

void OomRecovery::recover(CoinTrainer& coin, std::string const& why) {
  coin.deactivate();
  std::optional<PlanChange> change;
  try {
    change = switch_to_smaller_plan();
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
  std::uint64_t at_most = failed.micro_batch;
  while (true) {
    Plan plan = hooks_.smaller_plan(failed, at_most);
    std::uint64_t const smallest = team_.all_reduce_min(plan.micro_batch);
    bool const all_agree = team_.all_reduce_min(plan.micro_batch == smallest ? 1 : 0) == 1;
    if (all_agree) return plan;
    at_most = smallest;
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
