// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "checkpoint/snapshot.h"
#include "checkpoint/state.h"
#include "comm/team.h"
#include "config/config.h"
#include "data/dataset.h"
#include "engine/batch_builder.h"
#include "engine/team_gradient_sum.h"
#include "engine/training_device.h"
#include "optim/loss_scaler.h"
#include "telemetry/record.h"
#include "train/coin_tensors.h"
#include "train/snapshot_buffers.h"

namespace moneta {

/// The state of a coin before its first update: initial parameters, and the scaler and digest of
/// the dataset.
CoinState initial_state(Config const& config, ParameterLayout const& layout,
                        CoinDataset const& dataset, Precision precision, std::size_t micro_batch);

/// What members of a team ask for. The team does what any of its members asks for.
struct TeamVotes {
  bool stop = false;
  bool save = false;
};

/// Trains one coin, one update at a time. All members of a team call the same functions in the same
/// order and have the same state.
///
/// Functions that compute throw the same error on every member: OutOfMemory if one of them is out
/// of memory, Error (data) if one of them cannot read its samples. After OutOfMemory nothing has
/// changed, and the call can be repeated with a smaller plan.
class CoinTrainer {
 public:
  /// Continues from `state`. `between_batches` is called after every micro-batch and every batch of
  /// the validation; it must not wait. `config`, `device` and `team` must outlive this. Throws
  /// Error (data) if the train part is smaller than one update, and OutOfMemory; the dataset is
  /// shared so that the caller can try again.
  CoinTrainer(
      Config const& config, TrainingDevice& device, Team& team,
      std::shared_ptr<CoinDataset> dataset, CoinState const& state,
      std::function<void()> between_batches = [] {});
  CoinTrainer(CoinTrainer const&) = delete;
  CoinTrainer& operator=(CoinTrainer const&) = delete;

  std::string const& coin() const { return header_.coin; }
  CoinProgress const& progress() const { return header_.progress; }
  std::int64_t updates_per_epoch() const { return updates_per_epoch_; }
  /// Whether all updates of the current epoch are done.
  bool epoch_is_trained() const { return progress().update_in_epoch == updates_per_epoch_; }

  /// Makes this the active coin: an offloaded state is copied to the device. At most one coin is
  /// active on a device. The functions that compute need an active coin.
  void activate() { tensors_.activate(); }
  void deactivate() { tensors_.deactivate(); }
  /// Moves the state of the inactive coin to the memory that other options select, before the
  /// device is built for them. Throws OutOfMemory.
  void move_to(MemoryOptions const& memory_options) { tensors_.move_to(memory_options); }

  /// Computes one update of the current epoch. If the gradient is not finite, the update is skipped
  /// and counted in progress(). With fp16 a skipped update is expected until the loss scaler is
  /// exhausted, and does not count in progress().skipped_in_a_row. The votes travel with the
  /// all-reduce of the loss; the result is what the team does.
  TeamVotes train_update(TeamVotes own_votes);
  /// Whether the latest update was skipped.
  bool skipped_last_update() const { return skipped_last_update_; }
  /// Nothing in all precisions but fp16.
  std::optional<LossScaler> const& loss_scaler() const { return loss_scaler_; }

  /// Validates, applies early stopping and moves on to the next epoch. If the validation loss is
  /// not finite or no update of the epoch was applied, nothing changes and there is no record.
  /// `rank`, `host_memory_bytes` and `device` of the record are for the caller to fill in.
  std::optional<EpochRecord> finish_epoch();

  /// Whether no update of the current epoch was applied because the loss scale was too large, and a
  /// smaller one may help.
  bool needs_smaller_loss_scale() const;
  /// Returns to the start of such an epoch, with the loss scale that was reached.
  void repeat_epoch();

  /// Everything that a checkpoint contains, as it is now. Its arrays are copied to `buffer` while
  /// the training continues, as CoinTensors::copy_to does; `buffer` must outlive the snapshot.
  Snapshot snapshot(SnapshotBuffer& buffer);
  CoinState first_state() const;  ///< the state before the first update
  /// Returns to an earlier state with half the current learning rate, and with its loss scale
  /// unless that was lowered since then; see LossScaler::roll_back.
  void roll_back(CoinState const& state);

  double mean_loss_so_far() const;      ///< of the current epoch
  double sequences_per_second() const;  ///< of the current epoch, in this process

 private:
  struct TeamSums {
    double loss = 0;
    TeamVotes votes;
  };

  /// Begins the sum of each part of the gradient as soon as this member has queued its last work on
  /// it.
  void accumulate_effective_batch(std::span<std::size_t const> samples,
                                  TeamGradientSum& gradient_sum);
  void add_losses(SampleRange range);
  double mean_loss(SampleRange range);
  /// Runs `work` and sums over the team: the loss that it accumulated, the votes, and whether it
  /// found memory and data. Before the votes, it calls `join` on every member, even on one whose
  /// work lacks memory or data: that is where members wait for each other.
  TeamSums sum_over_team(
      std::function<void()> const& work, TeamVotes own_votes,
      std::function<void()> const& join = [] {});
  void note_validation(double valid_loss);
  /// Updates of the current epoch that were not skipped.
  std::int64_t applied_in_epoch() const {
    return progress().update_in_epoch - progress().epoch_skipped;
  }
  void begin_epoch();  ///< resets what progress() counts for an epoch
  /// The factor of the loss whose gradient is computed; 1 in all precisions but fp16.
  double loss_scale() const { return loss_scaler_ ? loss_scaler_->scale() : 1; }

  Config const& config_;
  TrainingDevice& device_;
  Team& team_;
  std::function<void()> between_batches_;
  std::shared_ptr<CoinDataset> dataset_;
  CoinHeader header_;
  DeviceRows rows_;
  CoinTensors tensors_;
  std::optional<LossScaler> loss_scaler_;
  bool skipped_last_update_ = false;
  std::int64_t updates_per_epoch_;
  std::vector<std::size_t> order_;  // of the samples in the epoch order_epoch_
  std::int64_t order_epoch_ = -1;
  double train_seconds_ = 0, wait_seconds_ = 0;
  std::int64_t timed_updates_ = 0;
};

}  // namespace moneta
