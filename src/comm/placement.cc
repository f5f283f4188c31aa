// SPDX-License-Identifier: Apache-2.0
#include "comm/placement.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>

#include "base/error.h"

namespace moneta {
namespace {

/// Indices of the costs in descending order; equal costs keep their order.
std::vector<std::size_t> largest_first(std::vector<double> const& costs) {
  std::vector<std::size_t> order(costs.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return costs[a] > costs[b]; });
  return order;
}

/// For at least as many coins as ranks.
std::vector<RankWork> coins_to_ranks(std::vector<double> const& costs, std::size_t ranks) {
  std::vector<RankWork> work(ranks);
  std::vector<double> load(ranks, 0.0);
  for (std::size_t const coin : largest_first(costs)) {
    std::size_t least_loaded = 0;
    for (std::size_t rank = 1; rank < ranks; ++rank) {
      // The number of coins breaks ties, so that coins without cost are distributed too.
      if (std::tuple(load[rank], work[rank].coins.size()) <
          std::tuple(load[least_loaded], work[least_loaded].coins.size())) {
        least_loaded = rank;
      }
    }
    load[least_loaded] += costs[coin];
    work[least_loaded].coins.push_back(coin);
  }
  for (std::size_t rank = 0; rank < ranks; ++rank) {
    std::sort(work[rank].coins.begin(), work[rank].coins.end());
    work[rank].team = rank;
  }
  return work;
}

/// For more ranks than coins; the most expensive coins get the remaining ranks.
std::vector<RankWork> ranks_to_coins(std::vector<double> const& costs, std::size_t ranks) {
  std::vector<std::size_t> team_size(costs.size(), ranks / costs.size());
  auto const order = largest_first(costs);
  for (std::size_t i = 0; i < ranks % costs.size(); ++i) ++team_size[order[i]];
  std::vector<RankWork> work;
  for (std::size_t coin = 0; coin < costs.size(); ++coin) {
    for (std::size_t member = 0; member < team_size[coin]; ++member) {
      work.push_back({{coin}, team_size[coin], member, coin});
    }
  }
  return work;
}

}  // namespace

std::vector<RankWork> balance_coins(std::vector<double> const& costs, std::size_t ranks) {
  MONETA_REQUIRE(!costs.empty(), config,
                 "there are no coins to train (coins is empty). Add some to coins?");
  MONETA_REQUIRE(ranks > 0, config, "there are no ranks to train on. Start with mpirun -np 1?");
  for (std::size_t coin = 0; coin < costs.size(); ++coin) {
    MONETA_REQUIRE(std::isfinite(costs[coin]) && costs[coin] >= 0, internal,
                   "the cost of coin {} is {:g} (it must be finite and not negative)", coin,
                   costs[coin]);
  }
  return costs.size() >= ranks ? coins_to_ranks(costs, ranks) : ranks_to_coins(costs, ranks);
}

std::vector<RankWork> place_coins(std::vector<std::string> const& coins,
                                  std::vector<std::vector<std::string>> const& placement,
                                  std::size_t ranks) {
  MONETA_REQUIRE(
      placement.size() == ranks, config,
      "placement lists the coins of {} ranks ({}{} started). Start with mpirun -np {}, or set placement=null to balance the coins over any number of ranks?",
      placement.size(), ranks, ranks == 1 ? " was" : " were", placement.size());
  std::vector<RankWork> work(ranks);
  std::vector<std::size_t> rank_of(coins.size(), ranks);
  for (std::size_t rank = 0; rank < ranks; ++rank) {
    MONETA_REQUIRE(
        !placement[rank].empty(), config,
        "placement lists no coin for rank {}. Add one, or remove the empty list and start one rank fewer?",
        rank);
    for (std::string const& name : placement[rank]) {
      auto const found = std::find(coins.begin(), coins.end(), name);
      MONETA_REQUIRE(
          found != coins.end(), config,
          "placement lists the coin '{}' for rank {} (it is not in coins). Is it misspelled?", name,
          rank);
      auto const coin = static_cast<std::size_t>(found - coins.begin());
      MONETA_REQUIRE(
          rank_of[coin] == ranks, config,
          "placement lists the coin '{}' twice (for ranks {} and {}). Remove one of them?", name,
          rank_of[coin], rank);
      rank_of[coin] = rank;
      work[rank].coins.push_back(coin);
    }
    work[rank].team = rank;
  }
  for (std::size_t coin = 0; coin < coins.size(); ++coin) {
    MONETA_REQUIRE(
        rank_of[coin] < ranks, config,
        "placement lacks the coin '{}' (it is in coins). Add it to a rank, or remove it from coins?",
        coins[coin]);
  }
  return work;
}

}  // namespace moneta
