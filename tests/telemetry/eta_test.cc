// SPDX-License-Identifier: Apache-2.0
#include "telemetry/eta.h"

#include <gtest/gtest.h>

#include <ostream>
#include <vector>

namespace moneta {
namespace {

struct EtaCase {
  char const* name;
  std::vector<CoinPace> coins;
  std::optional<double> seconds;
  friend void PrintTo(EtaCase const& c, std::ostream* out) { *out << c.name; }
};

class Eta : public testing::TestWithParam<EtaCase> {};

TEST_P(Eta, IsTheTimeOfTheSlowestRank) {
  auto const seconds = remaining_seconds(GetParam().coins);
  ASSERT_EQ(seconds.has_value(), GetParam().seconds.has_value());
  if (seconds) {
    EXPECT_DOUBLE_EQ(*seconds, *GetParam().seconds);
  }
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, Eta, testing::ValuesIn(std::vector<EtaCase>{
    {"NoPace",             {{std::nullopt, 5, 0}},                   std::nullopt},
    {"NothingLeft",        {{0, 0, 10}},                             0.0},
    {"NothingLeftUnknown", {{std::nullopt, 0, 0}},                   0.0},
    {"OneCoin",            {{0, 4.5, 10}},                           45.0},
    {"CoinsOfOneRankAddUp",     {{0, 4, 10}, {0, 2, 5}},                  50.0},
    {"RanksWorkInParallel",    {{0, 4, 10}, {1, 2, 5}},                  40.0},
    {"UnknownPaceIsTheMean", {{0, 1, 10}, {0, 1, 20}, {0, 2, 0}},    60.0},
    {"PaceOfADoneCoinCounts", {{0, 0, 10}, {0, 3, 0}},           30.0},
    {"CoinsWithoutRankGoToTheLeastLoaded",
     {{0, 3, 10}, {1, 1, 10}, {std::nullopt, 1, 0}, {std::nullopt, 1, 0}}, 30.0},
    {"DoneCoinHasNoWork", {{0, 0, 10}, {1, 2, 10}},             20.0},
}), [](auto const& each) { return each.param.name; });
// clang-format on

}  // namespace
}  // namespace moneta
