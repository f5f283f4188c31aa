// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "telemetry/record.h"

namespace moneta {

enum class CoinPhase { waiting, running, finished, early_stopped, failed };

/// The state of one coin.
struct CoinView {
  static constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

  std::string name;
  CoinPhase phase = CoinPhase::waiting;
  std::optional<std::size_t> rank;
  std::int64_t epochs_done = 0;
  double fraction = 0;  ///< of the current epoch
  double train_loss = unknown, valid_loss = unknown, best_valid_loss = unknown;
  std::int64_t best_epoch = 0;
  double sequences_per_second = 0;
  double epoch_seconds = 0;         ///< smoothed; 0 until it is known
  std::optional<SplitDates> dates;  ///< none until the coin is loaded

  bool is_done() const { return phase > CoinPhase::running; }
};

/// The state of a run, accumulated from its records. It is independent of how the state is shown.
/// `now_s` is a time on any monotonic clock. Records of unknown coins are ignored.
class RunView {
 public:
  RunView(std::vector<std::string> const& coins, std::int64_t epochs, double now_s);
  /// A run that another process watched, with its coins as that process saw them, started at
  /// `start_s`.
  static RunView from_coins(std::vector<CoinView> coins, std::int64_t epochs, double start_s);

  void on(EpochRecord const& record);
  void on(EventRecord const& record);
  void on(ProgressTick const& tick, double now_s);
  void on(DeviceSample const& sample);
  void on(SplitRecord const& record);
  /// No process works on the run any more, so the remaining time is not an ETA.
  void end() { has_ended_ = true; }

  std::vector<CoinView> const& coins() const { return coins_; }
  std::int64_t epochs() const { return epochs_; }
  /// The latest reading of each rank's device; an empty object if there is none.
  std::vector<Json> const& readings() const { return readings_; }
  bool has_ended() const { return has_ended_; }
  double elapsed_seconds(double now_s) const { return now_s - start_s_; }
  std::optional<double> remaining_seconds() const;

  /// The index of the coin in `coins()`, or nothing.
  std::optional<std::size_t> index_of(std::string const& coin) const;
  /// True if this coin was the last one of its rank that reported an epoch or a tick. Unlike a
  /// coin that is `running`, it may be between two epochs.
  bool is_current(std::size_t coin) const;

 private:
  /// The first tick of a coin's current epoch, to measure the first epoch before it ends.
  struct FirstTick {
    std::int64_t epoch = 0;
    double fraction = 0, now_s = 0;
  };

  void pause_others(std::size_t rank, std::size_t running);
  void measure(std::size_t coin, ProgressTick const& tick, double now_s);

  std::int64_t epochs_;
  double start_s_;
  std::vector<CoinView> coins_;
  std::vector<Json> readings_;                  ///< by rank
  std::map<std::size_t, std::size_t> current_;  ///< coin by rank
  bool has_ended_ = false;
  std::vector<FirstTick> first_ticks_;
  std::vector<bool> is_measured_;  ///< a whole epoch of the coin has been timed
};

}  // namespace moneta
