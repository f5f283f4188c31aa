// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "checkpoint/checkpoint.h"
#include "train/coin_trainer.h"

namespace moneta {

/// A coin of a rank that was loaded for training, or the reason why it was not.
struct CoinStart {
  std::string coin;
  std::unique_ptr<CoinTrainer> trainer = nullptr;  ///< null if loading failed
  std::string failure = {};                        ///< empty if there is a trainer
  /// The target of a rollback; none: the initial state.
  std::optional<SavedCheckpoint> last_whole_epoch = {};
};

}  // namespace moneta
