// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <set>
#include <string>

#include "checkpoint/index.h"
#include "config/config.h"
#include "coord/rank_message.h"
#include "train/start_coin.h"

namespace moneta {

/// Loads the coins of a rank from files: the dataset, and the state from the newest valid
/// checkpoint or else the initial state.
class CoinLoader {
 public:
  /// `post` sends a message to rank 0. `poll` is called while files are read. The references must
  /// outlive this.
  CoinLoader(Config const& config, CheckpointIndex const& index, std::filesystem::path checkpoints,
             TrainingDevice const& device, Team const& team, std::size_t rank,
             std::function<void(RankMessage)> post, std::function<void()> poll);

  /// Loads one coin into host memory. Throws Error (internal or device); other errors concern this
  /// coin alone and become `LoadedCoin::failure`.
  LoadedCoin load(std::string const& coin);

 private:
  template <class Work>
  auto run_while_polling(Work const& work) const;
  CoinState restore(CoinDataset const& dataset);
  bool is_finished(CoinProgress const& progress) const;
  void warn_of_another_device(CoinHeader const& header);
  void post(EventRecord record) const;

  Config const& config_;
  CheckpointIndex const& index_;
  std::filesystem::path checkpoints_;
  TrainingDevice const& device_;
  Team const& team_;
  std::size_t rank_;
  std::function<void(RankMessage)> post_;
  std::function<void()> poll_;
  std::set<std::string> warned_of_;  // devices of earlier starts
};

}  // namespace moneta
