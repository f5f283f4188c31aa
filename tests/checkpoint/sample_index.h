// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "checkpoint/index.h"

namespace moneta {

/// A valid entry of an index; there is no such file.
inline SavedCheckpoint entry(std::int64_t epoch, std::int64_t update_in_epoch = 0, double loss = 1,
                             std::string const& coin = "A") {
  CoinProgress progress;
  progress.epoch = epoch;
  progress.update_in_epoch = update_in_epoch;
  SavedCheckpoint saved;
  saved.coin = coin;
  saved.file = checkpoint_file_name(coin, progress);
  saved.sha256 = std::string(64, 'a');
  saved.bytes = 123;
  saved.epoch = epoch;
  saved.update_in_epoch = update_in_epoch;
  saved.update = epoch * 100 + update_in_epoch;
  saved.valid_loss = loss;
  saved.micro_batch = 16;
  saved.precision = "bf16";
  return saved;
}

inline CheckpointIndex sample_index() {
  CheckpointIndex index;
  index.coins["A"] = {entry(1, 0, 0.5), entry(2, 0, 0.25), entry(2, 7, 0.25)};
  index.coins["B-2.x_y"] = {entry(0, 3, 0, "B-2.x_y")};
  index.coins["C"] = {};
  return index;
}

}  // namespace moneta
