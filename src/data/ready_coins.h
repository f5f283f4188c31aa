// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "config/config.h"

namespace moneta {

/// Removes the coins from `coins` and `placement` that the records of the shards' folder (see
/// CoinQuality) call too new or ended, unless that are all of them. A rank that loses all its coins
/// makes the placement balanced. Returns a sentence for each coin.
std::vector<std::string> leave_out_unready_coins(Config& config);

}  // namespace moneta
