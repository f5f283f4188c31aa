// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "checkpoint/index.h"
#include "config/config.h"
#include "coord/rank_message.h"
#include "train/coin_trainer.h"
#include "train/rank_training.h"

namespace moneta {

/// Makes the trainer of a coin: its dataset, and its state from the newest sound checkpoint, else a
/// new start.
class CoinLoader {
 public:
  /// `post` hands a report to rank 0; `between_batches` goes to the trainers, and is called while
  /// files are read. What is given must outlive this.
  CoinLoader(Config const& config, CheckpointIndex const& index, std::filesystem::path checkpoints,
             TrainingDevice& device, Team& team, RankTraining& rank,
             std::function<void(RankMessage)> post, std::function<void()> between_batches);

  /// What is wrong with the coin alone is a result. A team agrees on it.
  CoinStart load(std::string const& coin);

 private:
  template <class Work>
  auto with_life(Work const& work) const;
  CoinState restore(CoinDataset const& dataset);
  bool is_finished(CoinProgress const& progress) const;
  void event(Severity severity, std::string action, std::string message, std::string const& coin,
             Json details = Json::object());

  Config const& config_;
  CheckpointIndex const& index_;
  std::filesystem::path checkpoints_;
  TrainingDevice& device_;
  Team& team_;
  RankTraining& rank_;
  std::function<void(RankMessage)> post_;
  std::function<void()> between_batches_;
};

}  // namespace moneta
