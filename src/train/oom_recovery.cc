// SPDX-License-Identifier: Apache-2.0
// RankTraining when its device has no memory left: a smaller plan, and the same again.
#include "base/error.h"
#include "train/rank_training.h"

namespace moneta {

void RankTraining::recover_from_oom(CoinTrainer& coin, std::string const& why) {
  Plan const before = device_.plan();
  coin.deactivate();
  Plan plan = before;
  try {
    do {
      device_.clear();
      plan = smaller_plan(plan);
    } while (!build(plan));
  } catch (Error const&) {
    save(coin);
    wait_for_writes();
    throw;
  }
  coin.activate();
  event(
      Severity::warning, "out_of_memory",
      fmt::format(
          "{} What was done since the last update is done again with less memory: micro-batch {}, {} (before: {}, {})",
          why, plan.micro_batch, to_text(plan.memory_options), before.micro_batch,
          to_text(before.memory_options)),
      coin.coin(),
      {{"planned_bytes", plan.total_bytes},
       {"planned_bytes_before", before.total_bytes},
       {"micro_batch", plan.micro_batch}});
}

Plan RankTraining::smaller_plan(Plan const& failed) {
  std::uint64_t at_most = failed.micro_batch;
  for (;;) {
    Plan const plan = hooks_.smaller_plan(failed, at_most);
    std::uint64_t const common = team_.all_reduce_min(plan.micro_batch);
    bool const same = team_.all_reduce_min(plan.micro_batch == common ? 1 : 0) == 1;
    if (same) return plan;
    at_most = common;
  }
}

bool RankTraining::build(Plan const& plan) {
  // Another micro-batch rounds otherwise anyhow, and was not tried with other algorithms.
  bool const same = plan.micro_batch == device_.plan().micro_batch;
  bool enough = true;
  try {
    for (CoinStart const& start : coins_) start.trainer->move_to(plan.memory_options);
    device_.build(plan, same ? device_.algorithms() : LstmAlgorithms{});
  } catch (OutOfMemory const&) {
    enough = false;
  }
  return team_.all_reduce_min(enough ? 1 : 0) == 1;
}

}  // namespace moneta
