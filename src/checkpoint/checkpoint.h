// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "checkpoint/state.h"

namespace moneta {

/// A checkpoint that is on disk.
struct SavedCheckpoint {
  std::string coin;
  std::string file;  ///< relative to the checkpoint folder: "KRW-BTC/000003-000000.safetensors"
  std::string sha256;
  std::uint64_t bytes = 0;
  std::int64_t epoch = 0, update_in_epoch = 0, update = 0;
  double valid_loss = 0;  ///< of `epoch`; 0 before the first
  bool finished = false;
  std::uint64_t micro_batch = 0;            ///< of the run that wrote it
  std::string precision;                    ///< likewise: "f32" or "bf16"
  std::string lstm_algorithm = "standard";  ///< likewise, see CoinState; left out of the index

  bool operator==(SavedCheckpoint const&) const = default;
};

/// Name of a coin's checkpoint at this point: "<coin>/<epoch>-<update_in_epoch>.safetensors",
/// six digits each.
std::string checkpoint_file_name(std::string const& coin, CoinProgress const& progress);

/// Writes a safetensors file: parameters by their names, `optim.m.<name>`, `optim.v.<name>`, the
/// rest in the metadata. Temporary file, fsync, read back and compare, rename, fsync of the folder;
/// the same state gives the same bytes. Throws Error (disk); then no new file is left.
SavedCheckpoint write_checkpoint(std::filesystem::path const& folder, CoinState const& state);

/// Reads it back. Throws Error (data) that names file and field when it is not whole, not ours or
/// of another version.
CoinState read_checkpoint(std::filesystem::path const& file);

}  // namespace moneta
