// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "checkpoint/clean_up.h"
#include "checkpoint/rotation.h"
#include "checkpoint/sample_state.h"
#include "io/file.h"

namespace moneta {

/// What a run does with its folder of checkpoints, without the training: it opens the folder like a
/// run that starts, and saves states like a rank and rank 0's service.
class SavingRun {
 public:
  explicit SavingRun(std::filesystem::path folder) : folder_(std::move(folder)) {
    create_folder(folder_);
    index_ = read_index(folder_);
    remove_leftovers(folder_, index_, {"A", "B"});
  }

  void save(CoinState const& state) {
    SavedCheckpoint const saved = write_checkpoint(folder_, state);
    auto const no_longer_kept = add_and_rotate(index_, saved, keep_last, keep_best);
    dropped_.insert(dropped_.end(), no_longer_kept.begin(), no_longer_kept.end());
    commit_rotation(folder_, index_, dropped_);
  }

  CheckpointIndex const& index() const { return index_; }

 private:
  static constexpr std::size_t keep_last = 2, keep_best = 1;
  std::filesystem::path folder_;
  CheckpointIndex index_;
  std::vector<SavedCheckpoint> dropped_;
};

/// A point of a coin's training at which it is saved: {"A", 1, 4} is 4 updates after the end of
/// epoch 1.
struct SavePoint {
  char const* coin;
  std::int64_t epoch, update_in_epoch;
};

/// Two coins, saved between and inside epochs, so that rotation deletes checkpoints.
inline std::vector<SavePoint> const save_points = {{"A", 0, 3}, {"A", 1, 0}, {"B", 1, 0},
                                                   {"A", 1, 5}, {"A", 1, 8}, {"A", 2, 0},
                                                   {"B", 2, 0}, {"A", 3, 0}, {"A", 4, 0}};

/// The state at a point, with 1 to 3 parameter slices; each slice takes three writes.
inline CoinState state_at(SavePoint const& point, std::size_t slices = 3) {
  // The loss falls and rises, so that the best checkpoint is not always the last.
  double const loss = point.epoch == 2 ? 0.1 : 1.0 / static_cast<double>(point.epoch + 1);
  CoinState state = sample_state(point.coin, point.epoch, point.update_in_epoch, loss);
  state.header.slices.resize(slices);
  auto const size = state.header.slices.back().offset + state.header.slices.back().size;
  for (auto* const array : {&state.params, &state.m, &state.v}) array->resize(size);
  state.params[0] = static_cast<float>(point.epoch * 100 + point.update_in_epoch);
  return state;
}

}  // namespace moneta
