// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "checkpoint/checkpoint.h"
#include "config/config.h"
#include "data/dataset.h"
#include "train/coin_start.h"
#include "train/oom_recovery.h"

namespace moneta {

/// A coin in host memory, as this rank has loaded it, or the reason why it has not.
struct LoadedCoin {
  std::string coin;
  std::shared_ptr<CoinDataset> dataset = nullptr;  ///< null if loading failed
  CoinState state = {};
  std::optional<SavedCheckpoint> last_whole_epoch = {};  ///< see CoinStart
  std::string failure = {};                              ///< empty if there is a dataset
};

/// Copies a loaded coin to the device and creates its trainer. If there is too little memory, the
/// team switches to a smaller plan with `oom_recovery` and tries again. Collective over the team:
/// if any member fails, the result of all members is a failure. Throws Error (internal or device),
/// which includes that no plan is small enough; other errors concern this coin alone and become
/// CoinStart::failure. `between_batches` is passed to the trainer.
CoinStart start_coin(
    Config const& config, TrainingDevice& device, Team& team, OomRecovery& oom_recovery,
    LoadedCoin loaded, std::function<void()> const& between_batches = [] {});

}  // namespace moneta
