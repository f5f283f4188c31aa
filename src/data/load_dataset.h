// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "config/config.h"
#include "data/dataset.h"

namespace moneta {

/// Sizes of a coin's data, from the manifest alone: what placement and the planner need.
struct CoinSizes {
  std::string coin;
  std::size_t samples = 0;
  std::vector<std::size_t> rows;  ///< [K]
  std::string digest;             ///< the same as CoinDataset::digest
};

/// Reads the manifest and checks, without opening a shard, that every coin of the config is
/// there, that its files exist with the listed sizes and that they were prepared with the
/// config's settings. Throws Error (data) that names coin, file or key and the way out.
std::vector<CoinSizes> check_shards(Config const& config);

/// The train, valid and test samples of a coin, from the samples' times alone. Throws as
/// load_dataset.
Split load_split(Config const& config, std::string const& coin);

/// Loads a coin's shards, checks each file's digest against the manifest before opening it,
/// splits by time and fits the scaler. Throws Error (data) that names file and dataset.
CoinDataset load_dataset(Config const& config, std::string const& coin);

}  // namespace moneta
