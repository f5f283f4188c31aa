// SPDX-License-Identifier: Apache-2.0
#include "train/start_coin.h"

#include <utility>

#include "base/error.h"

namespace moneta {

CoinStart start_coin(Config const& config, TrainingDevice& device, Team& team,
                     OomRecovery& oom_recovery, LoadedCoin loaded,
                     std::function<void()> const& between_batches) {
  CoinStart start{.coin = loaded.coin, .failure = std::move(loaded.failure)};
  start.last_whole_epoch = std::move(loaded.last_whole_epoch);
  oom_recovery.retry_load_on_oom(start.coin, [&] {
    std::string shortage;
    try {
      if (start.failure.empty()) {
        start.trainer = std::make_unique<CoinTrainer>(config, device, team, loaded.dataset,
                                                      loaded.state, between_batches);
      }
    } catch (OutOfMemory const& error) {
      shortage = error.what();
    } catch (Error const& error) {
      if (error.kind() == ErrorKind::internal || error.kind() == ErrorKind::device) throw;
      start.failure = error.what();
    }
    double failures[] = {start.failure.empty() ? 0.0 : 1.0, shortage.empty() ? 0.0 : 1.0};
    team.all_reduce_sum(failures);
    bool const any_failed = failures[0] > 0, any_lacks_memory = failures[1] > 0;
    if (any_failed || any_lacks_memory) start.trainer.reset();
    if (any_failed && start.failure.empty()) {
      start.failure = "another rank of its team could not load it";
    }
    if (any_failed || !any_lacks_memory) return;
    throw OutOfMemory(shortage.empty() ? "another rank of the coin's team is out of memory."
                                       : shortage);
  });
  return start;
}

}  // namespace moneta
