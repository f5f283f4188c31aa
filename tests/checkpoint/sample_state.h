// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include "checkpoint/checkpoint.h"
#include "checkpoint/snapshot.h"

namespace moneta {

/// A small state in which every field differs from its default and the arrays contain floats that
/// are hard to restore exactly.
inline CoinState sample_state(std::string const& coin = "KRW-BTC", std::int64_t epoch = 3,
                              std::int64_t update_in_epoch = 0, double valid_loss = 0.1) {
  CoinState state;
  CoinHeader& header = state.header;
  header.coin = coin;
  auto& progress = header.progress;
  progress.epoch = epoch;
  progress.update_in_epoch = update_in_epoch;
  progress.update = epoch * 100 + update_in_epoch;
  progress.applied_updates = progress.update - progress.update / 50;
  progress.skipped_in_a_row = 1;
  progress.skipped_updates = 5;
  progress.rollbacks = 1;
  progress.learning_rate_factor = 0.5;
  progress.epoch_loss_sum = 1.0 / 3;
  progress.epoch_norm_sum = 5e-324;
  progress.epoch_norm_max = 1e300;
  progress.epoch_skipped = 2;
  progress.train_loss = 0.30000000000000004;
  progress.valid_loss = valid_loss;
  progress.best_valid_loss = valid_loss;
  progress.best_epoch = epoch;
  progress.stale_epochs = epoch > 0 ? 1 : 0;
  progress.finished = true;
  header.slices = {
      {"encoder.1m.weight_ih_l0", {2, 3}, 0, 6}, {"head.bias", {2}, 6, 2}, {"scale", {}, 8, 1}};
  float const tiny = std::numeric_limits<float>::denorm_min();
  float const huge = std::numeric_limits<float>::max();
  state.params = {0.1f, -0.0f, tiny, huge, -huge, 1.0f / 3, 7, 8, static_cast<float>(epoch)};
  state.m = {1, 2, 3, 4, 5, 6, 7, 8, 0.7f};
  state.v = {0, 0.1f, 0.2f, 0.3f, 0.4f, 0.5f, tiny, 0.7f, 1e-20f};
  header.timeframes = {"1m", "5m"};
  header.feature_names = {"return", "range", "volume"};
  header.feature_mean = {{0.1f, -0.0f, tiny}, {1e-8f, 2, huge}};
  header.feature_stddev = {{0.1f, 1, 2}, {1.0f / 3, tiny, 4}};
  header.target_stddev = 0.0012345f;
  header.config_digest = "c0ffee";
  header.data_digest = "da7a";
  header.precision = "bf16";
  header.micro_batch = 64;
  header.lstm_algorithm = "standard, persistent";
  header.device = "NVIDIA H100, cuDNN 9.19.0";
  return state;
}

/// A snapshot that keeps its state.
inline Snapshot snapshot_of(CoinState state) {
  auto const kept = std::make_shared<CoinState const>(std::move(state));
  return {kept->header, [kept] { return CoinArrays{kept->params, kept->m, kept->v}; }};
}

}  // namespace moneta
