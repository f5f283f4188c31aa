// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "checkpoint/writer.h"
#include "config/config.h"
#include "coord/rank_message.h"
#include "train/coin_start.h"
#include "train/coin_trainer.h"
#include "train/oom_recovery.h"
#include "train/snapshot_buffers.h"

namespace moneta {

/// Trains the coins of one rank round-robin, one epoch at a time. A coin that fails is reported and
/// left out; the others continue.
class RankTraining {
 public:
  struct Hooks {
    std::function<void(RankMessage)> post;  ///< sends a message to rank 0; does not wait
    /// Called after every update and while this rank waits for its disk; does not wait.
    std::function<void()> between_updates;
    std::function<bool()> stop_requested;
    /// See OomRecovery::Hooks.
    std::function<Plan(Plan const& failed, PlanReduction const& reduction)> smaller_plan;
    /// Summarizes the device since the last call, for the epoch record; optional.
    std::function<Json()> device_summary = {};
  };

  /// `device` must be built, and must be that of the coins given to `run`. The references must
  /// outlive this.
  RankTraining(Config const& config, std::filesystem::path checkpoints, std::size_t rank,
               TrainingDevice& device, Team& team, Hooks hooks);

  /// Trains until all coins are finished or have failed, or a stop is requested. On return all
  /// saves are done. Returns the exit status of this rank: 0, exit_stopped, or that of ErrorKind
  /// training (a coin has failed) or disk (a checkpoint could not be saved). Throws Error if the
  /// device fails, after the checkpoints that were being written have been reported: a file that
  /// the index does not list is deleted by the next start.
  int run(std::vector<CoinStart> coins);

 private:
  enum class EpochEnd { finished, stopped };

  int train(std::vector<CoinStart> coins);  ///< as `run`, but an error leaves writes unreported
  EpochEnd train_epoch(CoinTrainer& coin);
  EpochEnd train_updates(CoinTrainer& coin);  ///< the rest of the current epoch
  TeamVotes own_votes(CoinTrainer const& coin) const;
  void after_update(CoinTrainer& coin, TeamVotes votes);
  void report_skip(CoinTrainer const& coin);
  void post_tick(CoinTrainer const& coin);
  void report_epoch(CoinTrainer const& coin, EpochRecord record);
  void save(CoinTrainer& coin);
  /// Returns the coin to its last whole epoch, or to its initial state, with half the learning
  /// rate. Throws Error (training) with `why` after too many rollbacks.
  void roll_back(CoinTrainer& coin, std::string const& why);
  CoinState load_last_whole_epoch(CoinTrainer const& coin);
  void wait_for_writes();
  void report_writes();
  void report_last_writes() noexcept;  ///< after an error; waits until they are done
  void retry_failed_saves();
  CoinTrainer* next_coin()
      const;  ///< with the fewest epochs; the first of several; null: none left
  CoinStart* find(std::string const& coin);  ///< null if it has failed
  void report_failure(std::string const& coin, std::string const& why);
  void post(EventRecord event);            ///< from this rank
  void post_from_team(EventRecord event);  ///< once per team

  Config const& config_;
  std::filesystem::path checkpoints_;
  std::size_t rank_;
  TrainingDevice& device_;
  Team& team_;
  Hooks hooks_;
  std::unique_ptr<SnapshotBuffers> snapshots_;  // null if another member of the team saves
  CheckpointWriter writer_;                     // may be writing a snapshot
  std::vector<CoinStart> coins_;                // those that have not failed
  OomRecovery oom_recovery_;
  std::map<std::string, double> last_save_s_;  // on the steady clock
  std::set<std::string> unsaved_;              // coins whose latest save failed
  double last_tick_s_ = 0;
  bool any_failed_ = false;
};

}  // namespace moneta
