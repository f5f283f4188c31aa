// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/loss_scaler_state.h"
#include "base/parameter_slice.h"

namespace moneta {

/// How far the training of a coin has progressed. These fields determine the rest of the training,
/// so they contain no clock, rank or path.
struct CoinProgress {
  std::int64_t epoch = 0;            ///< finished epochs
  std::int64_t update_in_epoch = 0;  ///< finished updates of the current epoch (0: between epochs)
  std::int64_t update = 0;           ///< attempted updates since the start
  std::int64_t applied_updates = 0;  ///< AdamW's t
  /// The latest updates, while their gradients are not finite; with fp16 only those after which the
  /// loss scaler was exhausted.
  std::int64_t skipped_in_a_row = 0;
  std::int64_t skipped_updates = 0;
  std::int64_t rollbacks = 0;
  double learning_rate_factor = 1;  ///< 0.5 ^ rollbacks
  double epoch_loss_sum = 0;        ///< running sums of the current epoch
  double epoch_norm_sum = 0;
  double epoch_norm_max = 0;
  std::int64_t epoch_skipped = 0;  ///< updates of the current epoch that were not applied
  double train_loss = 0;           ///< of the last finished epoch, scaled units
  double valid_loss = 0;
  double best_valid_loss = 0;     ///< meaningful after epoch 1
  std::int64_t best_epoch = 0;    ///< 0: none yet
  std::int64_t stale_epochs = 0;  ///< epochs since the best one
  bool finished = false;          ///< all epochs are done, or it stopped early

  bool operator==(CoinProgress const&) const = default;
};

/// The state of a coin without its arrays.
struct CoinHeader {
  std::string coin;
  CoinProgress progress;
  std::vector<ParameterSlice> slices;
  std::vector<std::string> timeframes;           ///< [K]
  std::vector<std::string> feature_names;        ///< [F]
  std::vector<std::vector<float>> feature_mean;  ///< [K][F]
  std::vector<std::vector<float>> feature_stddev;
  float target_stddev = 1;
  std::string config_digest;  ///< of the immutable keys; see run/identity.h
  std::string data_digest;
  std::string precision;          ///< "f32", "tf32", "bf16" or "fp16"
  std::uint64_t micro_batch = 0;  ///< a resumed run keeps it, so that its sums round the same way
  /// The algorithm of the LSTM layers on a GPU, kept for the same reason; see
  /// base/lstm_algorithm.h. Files omit "standard", the only algorithm of a CPU.
  std::string lstm_algorithm = "standard";
  /// Version of the program that wrote the file; empty if it was written before files had it. A
  /// writer stores its own version instead.
  std::string program_version;
  /// The GPU and the versions of its libraries, on which the rounding depends too. Files omit it if
  /// it is empty, as for the CPU.
  std::string device;
  /// Present with the precision fp16 only, and so in the files.
  std::optional<LossScalerState> loss_scaler;
};

/// Everything that is needed to resume the training of a coin, or to predict with it.
struct CoinState {
  CoinHeader header = {};
  std::vector<float> params = {}, m = {}, v = {};  ///< [P]
};

/// Arrays [P] of a coin that someone else owns, in host memory.
struct CoinArrays {
  std::span<float const> params, m, v;
};

/// A view of a CoinState, or of a header and arrays that are kept apart. What it refers to must
/// outlive it.
struct CoinStateView {
  CoinStateView(CoinState const& state)  // NOLINT(google-explicit-constructor): as std::span
      : header(state.header), params(state.params), m(state.m), v(state.v) {}
  CoinStateView(CoinHeader const& of, CoinArrays const& arrays)
      : header(of), params(arrays.params), m(arrays.m), v(arrays.v) {}
  CoinHeader const& header;
  std::span<float const> params, m, v;
};

}  // namespace moneta
