// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "telemetry/record.h"

namespace moneta {

enum class CoinPhase { waiting, running, finished, early_stopped, failed };

/// What is known of one coin.
struct CoinView {
  static constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

  std::string name;
  CoinPhase phase = CoinPhase::waiting;
  std::optional<std::size_t> rank;
  std::int64_t epochs_done = 0;
  double fraction = 0;  ///< of the epoch that runs
  double train_loss = unknown, valid_loss = unknown, best_valid_loss = unknown;
  std::int64_t best_epoch = 0;
  double sequences_per_second = 0;
  double epoch_seconds = 0;  ///< 0: not known yet

  bool is_done() const { return phase > CoinPhase::running; }
};

/// The state of a run as its reports tell it; knows nothing of terminals. `now_s` is any clock that
/// only goes forward.
class RunView {
 public:
  RunView(std::vector<std::string> const& coins, std::int64_t epochs, double now_s);
  /// A run that somebody else saw: its coins as they were told, begun at `start_s`.
  static RunView from_coins(std::vector<CoinView> coins, std::int64_t epochs, double start_s);

  void take(EpochRecord const& record);
  void take(EventRecord const& record);
  void take(ProgressTick const& tick, double now_s);
  /// What a rank's device said last, as a short text; empty: nothing.
  void take_reading(std::size_t rank, std::string text);
  /// Nobody works on it: what is left is no time of arrival.
  void end() { has_ended_ = true; }

  std::vector<CoinView> const& coins() const { return coins_; }
  std::int64_t epochs() const { return epochs_; }
  /// Of each rank; an empty text where there is none.
  std::vector<std::string> const& readings() const { return readings_; }
  bool has_ended() const { return has_ended_; }
  double elapsed_seconds(double now_s) const { return now_s - start_s_; }
  std::optional<double> remaining_seconds() const;

 private:
  /// Where the running epoch of a coin was first seen, to measure the first epoch while it runs.
  struct FirstTick {
    std::int64_t epoch = 0;
    double fraction = 0, now_s = 0;
  };

  CoinView* find(std::string const& name);
  void pause_others(std::size_t rank, CoinView const& running);

  std::int64_t epochs_;
  double start_s_;
  std::vector<CoinView> coins_;
  std::vector<std::string> readings_;  ///< by rank
  bool has_ended_ = false;
  std::vector<FirstTick> first_ticks_;
  std::vector<bool> measured_;  ///< a whole epoch has been timed
};

}  // namespace moneta
