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
#include "train/coin_trainer.h"
#include "train/report.h"

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
  /// `post` hands a report to rank 0 and `between_updates` is called after every update; neither
  /// waits.
  struct Hooks {
    std::function<void(Report)> post;
    std::function<void()> between_updates;
    std::function<bool()> stop_requested;
  };

  RankTraining(Config const& config, std::filesystem::path checkpoints, std::size_t rank,
               Team& team, Hooks hooks);

  /// Trains until all coins are finished, failed or a stop is asked for; all saves are done on
  /// return. Result: the exit status of this rank.
  int run(std::vector<CoinStart> coins);

  /// What a restored coin may go back to before it saves for the first time in this process.
  void remember_restored(SavedCheckpoint const& saved);

 private:
  enum class EpochEnd { finished, stopped };

  EpochEnd train_epoch(CoinTrainer& coin);
  void after_update(CoinTrainer& coin, double save_now);
  void save(CoinTrainer& coin);
  void go_back(CoinTrainer& coin);
  void report_writes();
  void retry_failed_saves();
  CoinTrainer* next_coin() const;  ///< the coin that is least far; ties in the order of the turns
  void report_failure(std::string const& coin, std::string const& why);
  void event(Severity severity, std::string action, std::string message, std::string coin,
             Json details = Json::object());

  Config const& config_;
  std::filesystem::path checkpoints_;
  std::size_t rank_;
  Team& team_;
  Hooks hooks_;
  CheckpointWriter writer_;
  std::vector<CoinStart> coins_;
  std::map<std::string, std::string> last_file_;  // newest checkpoint of a coin
  std::map<std::string, double> last_save_s_;     // on the steady clock
  std::set<std::string> unsaved_;                 // coins whose newest save failed
  double last_tick_s_ = 0;
  bool any_failed_ = false;
};

}  // namespace moneta
