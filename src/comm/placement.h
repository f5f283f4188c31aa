// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace moneta {

/// Which rank trains what.
struct RankWork {
  std::vector<std::size_t> coins;  ///< indices into the list of coins, in the order of their turns
  std::size_t team_size = 1;       ///< ranks that share these coins (more ranks than coins)
  std::size_t team_index = 0;      ///< place of this rank in its team; 0 leads
  std::size_t team = 0;            ///< teams are numbered from 0
};

/// Balances coins over ranks by cost (largest first to the least loaded rank, ties to the lower
/// rank and the earlier coin). With more ranks than coins every coin gets a team; the ranks are
/// dealt so that team sizes differ by one at most and neighbouring ranks are in one team. Result:
/// one entry per rank. Throws Error (config) for no coins or no ranks.
std::vector<RankWork> balance_coins(std::vector<double> const& costs, std::size_t ranks);

/// The explicit placement of the config: coins[r] are the names of rank r. Throws Error (config) if
/// a coin is missing, unknown or twice, or the number of ranks differs.
std::vector<RankWork> place_coins(std::vector<std::string> const& coins,
                                  std::vector<std::vector<std::string>> const& placement,
                                  std::size_t ranks);

}  // namespace moneta
