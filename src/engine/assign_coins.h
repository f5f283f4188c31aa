// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "comm/placement.h"
#include "config/config.h"
#include "data/load_dataset.h"

namespace moneta {

/// The coins of each rank, one entry per rank: as given by the key `placement`, or otherwise
/// balanced by the number of samples. Throws Error (config) if `placement` does not match the coins
/// or the ranks.
std::vector<RankWork> assign_coins(Config const& config, std::vector<CoinSizes> const& sizes,
                                   std::size_t ranks);

}  // namespace moneta
