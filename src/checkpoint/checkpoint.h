// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "checkpoint/state.h"

namespace moneta {

/// A checkpoint on disk, as the index lists it.
struct SavedCheckpoint {
  std::string coin = {};
  std::string file =
      {};  ///< relative to the checkpoint folder: "KRW-BTC/000003-000000.safetensors"
  std::string sha256 = {};
  std::uint64_t bytes = 0;
  std::int64_t epoch = 0, update_in_epoch = 0, update = 0;
  double valid_loss = 0;  ///< of `epoch`; 0 before the first
  bool finished = false;
  // Of the run that wrote it; see CoinHeader.
  std::uint64_t micro_batch = 0;
  std::string precision = {};
  std::string lstm_algorithm = "standard";

  bool operator==(SavedCheckpoint const&) const = default;
};

/// "<coin>/<epoch>-<update_in_epoch>.safetensors", with six digits for each number.
std::string checkpoint_file_name(std::string const& coin, CoinProgress const& progress);

/// Writes a safetensors file with the parameters under their names, the recurrent biases of PyTorch
/// as zeros (see recurrent_bias.h), the moments as `optim.m.<name>` and `optim.v.<name>`, and the
/// header in the metadata. It is written to a temporary file, synced,
/// read back, compared and renamed; then the folder is synced. The same state gives the same bytes.
/// Throws Error: internal if the state is not valid, training if a value is not finite, disk if the
/// file cannot be written. After an error no new file is left.
SavedCheckpoint write_checkpoint(std::filesystem::path const& folder, CoinStateView const& state);

/// Throws Error (data) that names the file and the field if the file is damaged, is not a
/// checkpoint, has another format version, or has a recurrent bias that is not 0.
CoinState read_checkpoint(std::filesystem::path const& file);

}  // namespace moneta
