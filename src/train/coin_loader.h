// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>

#include "checkpoint/index.h"
#include "config/config.h"
#include "coord/rank_message.h"
#include "train/coin_start.h"

namespace moneta {

/// Creates the trainers of a rank's coins: loads the dataset, and the state from the newest valid
/// checkpoint or else the initial state.
class CoinLoader {
 public:
  /// `post` sends a message to rank 0. `between_batches` is passed to the trainers and is also
  /// called while files are read. The references must outlive this.
  CoinLoader(Config const& config, CheckpointIndex const& index, std::filesystem::path checkpoints,
             TrainingDevice& device, Team& team, std::size_t rank,
             std::function<void(RankMessage)> post, std::function<void()> between_batches);

  /// Loads one coin. Collective over the team: if any member fails, the result of all members is a
  /// failure. Throws Error (internal or device); other errors concern this coin alone and become
  /// `CoinStart::failure`.
  CoinStart load(std::string const& coin);

 private:
  template <class Work>
  auto run_while_polling(Work const& work) const;
  CoinState restore(CoinDataset const& dataset);
  bool is_finished(CoinProgress const& progress) const;
  void post(EventRecord record) const;

  Config const& config_;
  CheckpointIndex const& index_;
  std::filesystem::path checkpoints_;
  TrainingDevice& device_;
  Team& team_;
  std::size_t rank_;
  std::function<void(RankMessage)> post_;
  std::function<void()> between_batches_;
};

}  // namespace moneta
