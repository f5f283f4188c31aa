// SPDX-License-Identifier: Apache-2.0
#include "engine/assign_coins.h"

namespace moneta {

std::vector<RankWork> assign_coins(Config const& config, std::vector<CoinSizes> const& sizes,
                                   std::size_t ranks) {
  if (!config.placement.empty()) return place_coins(config.coins, config.placement, ranks);
  std::vector<double> costs;
  for (CoinSizes const& coin : sizes) costs.push_back(static_cast<double>(coin.samples));
  return balance_coins(costs, ranks);
}

}  // namespace moneta
