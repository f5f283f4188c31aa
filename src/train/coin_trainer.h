// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint/state.h"
#include "comm/team.h"
#include "config/config.h"
#include "data/dataset.h"
#include "engine/batch_builder.h"
#include "engine/training_device.h"
#include "telemetry/record.h"
#include "train/coin_tensors.h"

namespace moneta {

/// A state before the first update: initial parameters, the dataset's scaler and digests.
CoinState initial_state(Config const& config, ParameterLayout const& layout,
                        CoinDataset const& dataset, Precision precision, std::size_t micro_batch);

/// One coin's training, update by update. With a team all members call the same functions in the
/// same order and hold the same state. What must outlive it: config, device, team.
class CoinTrainer {
 public:
  /// Goes on from `state`. `between_batches` is called after every micro-batch and every batch of
  /// an evaluation; it must not wait. Throws Error (data) if the train part is smaller than one
  /// update.
  CoinTrainer(
      Config const& config, TrainingDevice& device, Team& team, CoinDataset dataset,
      CoinState state, std::function<void()> between_batches = [] {});
  CoinTrainer(CoinTrainer const&) = delete;
  CoinTrainer& operator=(CoinTrainer const&) = delete;

  std::string const& coin() const { return meta_.coin; }
  CoinProgress const& progress() const { return meta_.progress; }
  std::int64_t updates_per_epoch() const { return updates_per_epoch_; }
  /// True when every update of the running epoch is made.
  bool epoch_is_trained() const { return progress().update_in_epoch == updates_per_epoch_; }

  /// The coin's turn begins: its state comes to the device if idle coins are not kept there. Call
  /// before any of the following, and `deactivate` before another coin's turn.
  void activate() { memory_.activate(); }
  void deactivate() { memory_.deactivate(); }
  /// Between turns, before the device is built for another plan: its state moves where that wants
  /// it.
  void move_to(MemoryOptions const& memory_options) { memory_.move_to(memory_options); }

  /// One update of the running epoch, or, if the gradient is not finite, none: counted in
  /// progress(). `flags` are summed over the team on the way (element-wise, at most a few). Throws
  /// OutOfMemory on every member of the team if one has no memory left; then nothing has changed,
  /// and the same update may be tried again with a smaller plan. Throws Error (data) on every
  /// member if one cannot read its samples.
  void train_update(std::span<double> flags);

  /// Validation, early stopping, and on to the next epoch. Nothing, and no change, if the
  /// validation loss is not finite or no update was applied. The record has no rank and no memory.
  /// Errors as above.
  std::optional<EpochRecord> finish_epoch();

  /// A copy of everything a checkpoint holds.
  CoinState snapshot();
  CoinState first_state() const;  ///< before its first update
  /// Back to an earlier state with half its learning rate.
  void roll_back(CoinState state);

  double mean_loss_so_far() const;      ///< of the running epoch
  double sequences_per_second() const;  ///< of the running epoch, in this process

 private:
  void accumulate_effective_batch(std::span<std::size_t const> samples);
  double mean_loss(SampleRange range);
  /// Runs `work`, whose loss sum and whether it found memory and data, with `flags`, the team adds
  /// up.
  double summed_loss(std::function<void()> const& work, std::span<double> flags);
  void note_validation(double valid_loss);

  Config const& config_;
  TrainingDevice& device_;
  Team& team_;
  std::function<void()> between_batches_;
  CoinDataset dataset_;
  CoinState meta_;  // its arrays are empty: they are in memory_
  DeviceRows rows_;
  CoinTensors memory_;
  std::int64_t updates_per_epoch_;
  std::vector<std::size_t> order_;  // of the running epoch
  std::int64_t order_epoch_ = -1;
  double train_seconds_ = 0, wait_seconds_ = 0;
  std::int64_t timed_updates_ = 0;
};

}  // namespace moneta
