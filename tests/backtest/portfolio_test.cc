// SPDX-License-Identifier: Apache-2.0
#include "backtest/portfolio.h"

#include <gtest/gtest.h>

#include <cmath>

#include "statistics/random_prices.h"
#include "support/expect_error.h"

namespace moneta::backtest {
namespace {

using Curves = std::vector<EquityCurve const*>;
using Values = std::vector<double>;

EquityCurve const early{600, {1, 2, 3}}, late{720, {1, 0.5, 0.25}}, askew{630, {1, 1}};

TEST(Combine, HoldsCashBeforeAndAfterASleeve) {
  EquityCurve const total = combine(Curves{&early, &late}, Values{0.5, 0.5});
  EXPECT_EQ(total.first_time_s, 600);
  EXPECT_EQ(total.equity, (Values{1, 1.5, 2, 1.75, 1.625}));
}

TEST(Combine, OfOneSleeveIsItsCurve) {
  EXPECT_EQ(combine(Curves{&early}, Values{1}).equity, early.equity);
}

TEST(Combine, RejectsSleevesThatDoNotFit) {
  auto const rejects = [](Curves const& curves, Values const& weights, char const* text) {
    expect_error(ErrorKind::internal, text, [&] { combine(curves, weights); });
  };
  rejects({}, {}, "a portfolio of 0 sleeves has 0 weights");
  rejects({&early, &late}, {1}, "a portfolio of 2 sleeves has 1 weights");
  rejects({&early, &late}, {0.5, 0.6}, "the weights of a portfolio add up to 1.1");
  rejects({&early, &late}, {-0.5, 1.5}, "none negative");
  rejects({&early, &askew}, {0.5, 0.5}, "begin 30 s apart");
}

TEST(Coverage, IsTheShareOfTheUnion) {
  EXPECT_EQ(coverage(Curves{&early, &late}), (Values{0.5, 0.5}));
  EXPECT_EQ(coverage(Curves{&early}), (Values{1}));
  EXPECT_TRUE(coverage({}).empty());
}

TEST(EqualWeights, AddUpToOne) { EXPECT_EQ(equal_weights(4), Values(4, 0.25)); }

TEST(RiskWeights, AreInverseToTheVolatility) {
  auto const calm = statistics::random_prices(500, 1);
  auto wild = calm;
  for (double& each : wild.log_close) each *= 3;
  std::vector<statistics::MinutePrices const*> const prices{&calm, &wild};
  Values const weights = risk_weights(prices, calm.time_of(100), calm.time_of(400));
  EXPECT_NEAR(weights[0], 0.75, 1e-12);
  EXPECT_NEAR(weights[1], 0.25, 1e-12);
}

TEST(RiskWeights, NeedAPriceThatMoves) {
  auto const prices = statistics::random_prices(500, 1);
  std::vector<statistics::MinutePrices const*> const one{&prices};
  expect_error(ErrorKind::data, "so its risk is not known. Set backtest.weights to 'equal'?",
               [&] { risk_weights(one, prices.time_of(600), prices.time_of(700)); });
}

}  // namespace
}  // namespace moneta::backtest
