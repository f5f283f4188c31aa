// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace moneta {

/// The coins that a rank trains, and its team (see comm/team.h).
struct RankWork {
  std::vector<std::size_t> coins;  ///< indices into the list of coins, in the order of training
  std::size_t team_size = 1;       ///< above 1 only if there are more ranks than coins
  std::size_t team_index = 0;      ///< of this rank in its team; 0 is the root
  std::size_t team = 0;            ///< teams are numbered from 0
};

/// Balances coins over ranks by cost: the most expensive coin first, to the rank with the least
/// work; ties go to the lower rank and the earlier coin. With more ranks than coins, every coin
/// gets a team of consecutive ranks, and team sizes differ by one at most. Returns one entry per
/// rank. Throws Error (config) without coins or ranks, and Error (internal) for a cost that is
/// negative or not finite.
std::vector<RankWork> balance_coins(std::vector<double> const& costs, std::size_t ranks);

/// The placement that the configuration gives: placement[r] has the names of the coins of rank r.
/// Returns one entry per rank. Throws Error (config) if a coin is missing, unknown or listed twice,
/// or if the number of ranks differs.
std::vector<RankWork> place_coins(std::vector<std::string> const& coins,
                                  std::vector<std::vector<std::string>> const& placement,
                                  std::size_t ranks);

}  // namespace moneta
