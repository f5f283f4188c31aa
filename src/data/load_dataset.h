// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "base/split_dates.h"
#include "config/config.h"
#include "data/dataset.h"

namespace moneta {

/// Sizes of a coin's data according to the manifest, for placement and the planner.
struct CoinSizes {
  std::string coin;
  std::size_t samples = 0;
  std::vector<std::size_t> rows;  ///< [K]
  std::string digest;             ///< equal to CoinDataset::digest
};

/// Reads the manifest and checks, without opening a shard, that every coin of the config has
/// shards, that the files exist with the listed sizes, and that they were prepared with the
/// config's settings. Throws Error (data) that names the coin, file or key.
std::vector<CoinSizes> check_shards(Config const& config);

/// The parts of a coin's samples, and when they begin and end.
struct DatedSplit {
  Split split;
  SplitDates dates;
};

/// The train, valid and test samples of a coin; reads only the times of the samples. Throws like
/// load_dataset.
DatedSplit load_split(Config const& config, std::string const& coin);

/// Loads a coin's shards, splits the samples by time and fits the scaler. The digest of each file
/// is compared with the manifest before the file is opened. Throws Error (data) that names the file
/// and the dataset.
CoinDataset load_dataset(Config const& config, std::string const& coin);

}  // namespace moneta
