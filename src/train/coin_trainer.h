// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "checkpoint/state.h"
#include "comm/team.h"
#include "config/config.h"
#include "data/dataset.h"
#include "model/forecaster.h"
#include "telemetry/record.h"
#include "train/batch_builder.h"

namespace moneta {

/// Parameters and AdamW's moments [P] on the device.
struct DeviceState {
  DeviceState(Backend& backend, std::size_t parameters);
  /// params, m, v
  std::array<DeviceMemory*, 3> arrays() const { return {params.get(), m.get(), v.get()}; }
  std::unique_ptr<DeviceMemory> params, m, v;
};

/// What the coins of a rank share: the device, the models planned for it, and the ranks that work
/// on the same coins.
struct TrainingDevice {
  Backend& backend;
  Forecaster& training;
  Forecaster& evaluation;
  BatchBuilder& training_batches;
  BatchBuilder& evaluation_batches;
  Team& team;
  DeviceMemory& gradients;  ///< [P]
  /// With it, a coin's state is there during its turn and in the host's memory else. Null: every
  /// coin keeps its own on the device.
  DeviceState* shared_state;
};

/// A state before the first update: initial parameters, the dataset's scaler and digests.
CoinState initial_state(Config const& config, ParameterLayout const& layout,
                        CoinDataset const& dataset, Precision precision, std::size_t micro_batch);

/// One coin's training, update by update. Parameters, gradients and AdamW's moments lie on the
/// device. With a team all members call the same functions in the same order and hold the same
/// state.
class CoinTrainer {
 public:
  /// Goes on from `state`. Throws Error (data) if the train part is smaller than one update.
  CoinTrainer(Config const& config, TrainingDevice device, CoinDataset dataset, CoinState state);
  CoinTrainer(CoinTrainer const&) = delete;
  CoinTrainer& operator=(CoinTrainer const&) = delete;

  std::string const& coin() const { return meta_.coin; }
  CoinProgress const& progress() const { return meta_.progress; }
  std::int64_t updates_per_epoch() const { return updates_per_epoch_; }
  /// True when every update of the running epoch is made.
  bool epoch_is_trained() const { return progress().update_in_epoch == updates_per_epoch_; }

  /// The coin's turn begins: its state comes to the device if idle coins are not kept there. Call
  /// before any of the following, and `end_turn` before another coin's turn.
  void begin_turn();
  void end_turn();

  /// One update of the running epoch, or, if the gradient is not finite, none: counted in
  /// progress(). `flags` are summed over the team on the way (element-wise, at most a few).
  void train_update(std::span<double> flags);

  /// Validation, early stopping, and on to the next epoch. Nothing, and no change, if the
  /// validation loss is not finite or no update was applied. The record has no rank and no memory.
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
  void upload(CoinState const& state);
  void note_validation(double valid_loss);

  Config const& config_;
  TrainingDevice device_;
  CoinDataset dataset_;
  CoinState meta_;  // its arrays are empty: they lie on the device
  DeviceRows rows_;
  std::unique_ptr<DeviceState> own_state_;  // without a shared one
  std::array<std::unique_ptr<DeviceMemory>, 3>
      idle_;            // params, m, v on the host; with a shared one
  DeviceState& state_;  // where the device computes
  bool has_turn_ = false;
  std::int64_t updates_per_epoch_;
  std::vector<std::size_t> order_;  // of the running epoch
  std::int64_t order_epoch_ = -1;
  std::vector<float> team_buffer_;
  double train_seconds_ = 0, wait_seconds_ = 0;
  std::int64_t timed_updates_ = 0;
};

}  // namespace moneta
