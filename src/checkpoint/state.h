// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace moneta {

/// Where a coin's training stands; everything but the arrays. What it holds decides the rest of the
/// run, so it holds no clock, no rank, no path.
struct CoinProgress {
  std::int64_t epoch = 0;  ///< epochs finished
  std::int64_t update_in_epoch =
      0;                    ///< updates finished of the epoch that runs (0: between epochs)
  std::int64_t update = 0;  ///< updates tried since the start
  std::int64_t applied_updates = 0;   ///< AdamW's t
  std::int64_t skipped_in_a_row = 0;  ///< updates with a non-finite gradient, the latest ones
  std::int64_t skipped_updates = 0;
  std::int64_t rollbacks = 0;  ///< returns to an earlier checkpoint with half the learning rate
  double learning_rate_factor = 1;  ///< 0.5 ^ rollbacks
  double epoch_loss_sum = 0;        ///< running sums of the epoch that runs
  double epoch_norm_sum = 0;
  double epoch_norm_max = 0;
  std::int64_t epoch_skipped = 0;  ///< updates of the running epoch that were not applied
  double train_loss = 0;           ///< of the last finished epoch, scaled units
  double valid_loss = 0;
  double best_valid_loss = 0;     ///< valid after epoch 1
  std::int64_t best_epoch = 0;    ///< 0: none yet
  std::int64_t stale_epochs = 0;  ///< epochs since the best
  bool finished = false;          ///< all epochs done or stopped early

  bool operator==(CoinProgress const&) const = default;
};

/// A named array of the flat parameter array, as it goes into the file.
struct NamedSlice {
  std::string name;
  std::vector<std::size_t> shape;
  std::size_t offset = 0, size = 0;
  bool operator==(NamedSlice const&) const = default;
};

/// Everything a coin needs to go on, or to predict.
struct CoinState {
  std::string coin;
  CoinProgress progress;
  std::vector<NamedSlice> slices;
  std::vector<float> params, m, v;               ///< [P]
  std::vector<std::string> timeframes;           ///< [K]
  std::vector<std::string> feature_names;        ///< [F]
  std::vector<std::vector<float>> feature_mean;  ///< [K][F]
  std::vector<std::vector<float>> feature_stddev;
  float target_stddev = 1;
  std::string config_digest;  ///< of the identity keys
  std::string data_digest;
  std::string precision;          ///< "f32" or "bf16"
  std::uint64_t micro_batch = 0;  ///< a resumed run keeps it, so that sums round alike
  /// Likewise: that of a GPU's LSTM layers, see base/lstm_algorithm.h. The metadata leave
  /// "standard" out, which is all that a CPU has.
  std::string lstm_algorithm = "standard";
};

}  // namespace moneta
