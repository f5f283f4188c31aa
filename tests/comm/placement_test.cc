// SPDX-License-Identifier: Apache-2.0
#include "comm/placement.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "base/error.h"
#include "support/error_text.h"

namespace moneta {
namespace {

using Names = std::vector<std::string>;
using Rows = std::vector<Names>;

/// The coins of each rank: "0,2|1". In a team of several ranks, "0(1/2)" is the member 1 of 2.
std::string text_of(std::vector<RankWork> const& work) {
  std::string text;
  for (RankWork const& rank : work) {
    text += text.empty() ? "" : "|";
    for (std::size_t i = 0; i < rank.coins.size(); ++i) {
      text += fmt::format("{}{}", i > 0 ? "," : "", rank.coins[i]);
    }
    if (rank.team_size > 1) {
      text += fmt::format("({}/{})", rank.team_index, rank.team_size);
    }
  }
  return text;
}

struct BalanceCase {
  char const* name;
  std::vector<double> costs;
  std::size_t ranks;
  char const* expected;

  friend void PrintTo(BalanceCase const& test, std::ostream* out) { *out << test.name; }
};

class BalanceCoins : public testing::TestWithParam<BalanceCase> {};

TEST_P(BalanceCoins, GivesEachRankTheExpectedCoins) {
  EXPECT_EQ(text_of(balance_coins(GetParam().costs, GetParam().ranks)), GetParam().expected);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, BalanceCoins, testing::ValuesIn(std::vector<BalanceCase>{
    {"OneRankTakesAllInTheirOrder", {5, 3, 9},                1, "0,1,2"},
    {"LargestFirst",                {5, 3, 9},                2, "2|0,1"},
    {"TiesGoToTheLowerRank",        {7, 7},                   2, "0|1"},
    {"EightEqualCoinsOnTwoRanks",   {1, 1, 1, 1, 1, 1, 1, 1}, 2, "0,2,4,6|1,3,5,7"},
    {"EightEqualCoinsOnThreeRanks", {1, 1, 1, 1, 1, 1, 1, 1}, 3, "0,3,6|1,4,7|2,5"},
    {"OneCoinOutweighsTheRest",     {10, 1, 1, 1},            2, "0|1,2,3"},
    {"CoinsWithoutCost",            {0, 0, 0, 0},             2, "0,2|1,3"},
    {"AsManyRanksAsCoins",          {1, 2, 3},                3, "2|1|0"},
    {"OneCoinOneTeam",              {5},                      3, "0(0/3)|0(1/3)|0(2/3)"},
    {"ExpensiveCoinsGetMoreRanks",  {1, 9},                   3, "0|1(0/2)|1(1/2)"},
    {"EvenTeams",                   {1, 9},                   4, "0(0/2)|0(1/2)|1(0/2)|1(1/2)"},
}), [](auto const& each) { return each.param.name; });
// clang-format on

TEST(BalanceCoins, NumbersTeamsByRankOrByCoin) {
  auto const alone = balance_coins({1, 1, 1}, 2);
  EXPECT_EQ(alone[0].team, 0u);
  EXPECT_EQ(alone[1].team, 1u);
  auto const shared = balance_coins({1, 1}, 3);
  EXPECT_EQ(shared[0].team, 0u);
  EXPECT_EQ(shared[1].team, 0u);
  EXPECT_EQ(shared[2].team, 1u);
}

TEST(BalanceCoins, PlacesEveryCoinOnceWithBalancedLoads) {
  std::vector<double> costs;
  for (int i = 0; i < 200; ++i) costs.push_back(1 + i % 17);
  for (std::size_t ranks = 1; ranks <= 200; ++ranks) {
    std::vector<int> owners(costs.size());
    double least = 1e9;
    double most = 0;
    for (RankWork const& rank : balance_coins(costs, ranks)) {
      double load = 0;
      for (std::size_t const coin : rank.coins) {
        ++owners[coin];
        load += costs[coin];
      }
      least = std::min(least, load);
      most = std::max(most, load);
    }
    EXPECT_EQ(owners, std::vector<int>(costs.size(), 1)) << ranks << " ranks";
    EXPECT_LE(most - least, 17) << ranks << " ranks";
  }
}

TEST(PlaceCoins, KeepsThePlacementAndItsOrder) {
  auto const work = place_coins({"A", "B", "C"}, {{"C", "A"}, {"B"}}, 2);
  EXPECT_EQ(text_of(work), "2,0|1");
  EXPECT_EQ(work[1].team, 1u);
  EXPECT_EQ(work[1].team_size, 1u);
}

struct ErrorCase {
  char const* name;
  ErrorKind kind;
  char const* text;
  void (*run)();

  friend void PrintTo(ErrorCase const& test, std::ostream* out) { *out << test.name; }
};

class PlacementErrors : public testing::TestWithParam<ErrorCase> {};

TEST_P(PlacementErrors, HaveTheExpectedKindAndText) {
  EXPECT_EQ(error_text(GetParam().kind, GetParam().run), GetParam().text);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, PlacementErrors, testing::ValuesIn(std::vector<ErrorCase>{
    {"NoCoins", ErrorKind::config, "there are no coins to train (coins is empty). Add some to coins?",
     [] { balance_coins({}, 2); }},
    {"NoRanks", ErrorKind::config, "there are no ranks to train on. Start with mpirun -np 1?",
     [] { balance_coins({1}, 0); }},
    {"CostIsNoNumber", ErrorKind::internal,
     "the cost of coin 1 is nan (it must be finite and not negative)",
     [] { balance_coins({1, std::numeric_limits<double>::quiet_NaN()}, 2); }},
    {"CostIsNegative", ErrorKind::internal, "the cost of coin 0 is -1 (it must be finite and not negative)",
     [] { balance_coins({-1}, 2); }},
    {"OtherNumberOfRanks", ErrorKind::config,
     "placement lists the coins of 2 ranks (4 were started). Start with mpirun -np 2, or set "
     "placement=null to balance the coins over any number of ranks?",
     [] { place_coins({"A", "B"}, {{"A"}, {"B"}}, 4); }},
    {"RankWithoutCoins", ErrorKind::config,
     "placement lists no coin for rank 1. Add one, or remove the empty list and start one rank fewer?",
     [] { place_coins({"A"}, {{"A"}, {}}, 2); }},
    {"UnknownCoin", ErrorKind::config,
     "placement lists the coin 'X' for rank 1 (it is not in coins). Is it misspelled?",
     [] { place_coins({"A", "B"}, {{"A"}, {"X"}}, 2); }},
    {"CoinTwice", ErrorKind::config,
     "placement lists the coin 'A' twice (for ranks 0 and 1). Remove one of them?",
     [] { place_coins({"A", "B"}, {{"A", "B"}, {"A"}}, 2); }},
    {"CoinMissing", ErrorKind::config,
     "placement lacks the coin 'B' (it is in coins). Add it to a rank, or remove it from coins?",
     [] { place_coins({"A", "B"}, {{"A"}}, 1); }},
}), [](auto const& each) { return each.param.name; });
// clang-format on

}  // namespace
}  // namespace moneta
