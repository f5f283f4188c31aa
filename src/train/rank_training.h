// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "checkpoint/index.h"
#include "checkpoint/writer.h"
#include "config/config.h"
#include "coord/rank_message.h"
#include "train/coin_trainer.h"

namespace moneta {

/// A coin of a rank that could be prepared for training, or why not.
struct CoinStart {
  std::string coin;
  std::unique_ptr<CoinTrainer> trainer;
  std::string failure;  ///< not empty: there is no trainer
};

/// One rank's turns: its coins advance together, an epoch at a time. A coin that fails is reported
/// and left out; the others go on.
class RankTraining {
 public:
  /// `post` hands a report to rank 0; `between_updates` is called after every update and while this
  /// rank waits for its disk. Neither waits.
  struct Hooks {
    std::function<void(RankMessage)> post;
    std::function<void()> between_updates;
    std::function<bool()> stop_requested;
    /// What to try after a plan that found no memory; see train/ready_device.h.
    std::function<Plan(Plan const& failed, std::size_t micro_batch_at_most)> smaller_plan;
    /// How the device was since the last call; none: nothing is known.
    std::function<Json()> device_summary = {};
  };

  /// `device` is built, and trains the coins given to `run`.
  RankTraining(Config const& config, std::filesystem::path checkpoints, std::size_t rank,
               TrainingDevice& device, Team& team, Hooks hooks);

  /// Trains until all coins are finished, failed or a stop is asked for; all saves are done on
  /// return. Result: the exit status of this rank.
  int run(std::vector<CoinStart> coins);

  /// A checkpoint that is there; the latest of a whole epoch is what its coin may go back to.
  void remember(SavedCheckpoint const& saved);

  std::size_t number() const { return rank_; }

 private:
  enum class EpochEnd { finished, stopped };

  EpochEnd train_epoch(CoinTrainer& coin);
  EpochEnd train_updates(CoinTrainer& coin);  ///< those left of the running epoch
  /// Calls work, after every OutOfMemory again with a smaller plan.
  template <class Work>
  auto retry_on_oom(CoinTrainer& coin, Work const& work);
  /// Plans for less memory and builds that. Throws Error (device) if nothing is small enough; the
  /// coin is saved before.
  void recover_from_oom(CoinTrainer& coin, std::string const& why);
  Plan smaller_plan(Plan const& failed);  ///< the team's micro-batch
  bool build(Plan const& plan);           ///< false if a rank of the team found no memory
  void report_epoch(CoinTrainer const& coin, EpochRecord record);
  void after_update(CoinTrainer& coin, double save_now);
  void save(CoinTrainer& coin);
  /// Back to the last whole epoch, or to the start, with half the learning rate. Throws Error
  /// (training) with `why` after too many returns.
  void go_back(CoinTrainer& coin, std::string const& why);
  CoinState last_whole_epoch(CoinTrainer const& coin);
  void wait_for_writes();
  void report_writes();
  void retry_failed_saves();
  CoinTrainer* next_coin() const;  ///< the coin that is least far; ties in the order of the turns
  void report_failure(std::string const& coin, std::string const& why);
  void event(Severity severity, std::string action, std::string message, std::string coin,
             Json details = Json::object());

  Config const& config_;
  std::filesystem::path checkpoints_;
  std::size_t rank_;
  TrainingDevice& device_;
  Team& team_;
  Hooks hooks_;
  CheckpointWriter writer_;
  std::vector<CoinStart> coins_;
  std::map<std::string, SavedCheckpoint> whole_epochs_;  // the newest of a coin
  std::map<std::string, double> last_save_s_;            // on the steady clock
  std::set<std::string> unsaved_;                        // coins whose newest save failed
  double last_tick_s_ = 0;
  bool any_failed_ = false;
};

}  // namespace moneta
