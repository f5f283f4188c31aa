// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>

#include "backtest/golden_numbers.h"
#include "backtest/portfolio.h"

namespace moneta::backtest {
namespace {

using golden::expect_number;
using golden::numbers;

struct Case {
  Json const& arguments;
  Json const& expected;
};

/// Three days: 1 once, 1 x 719, 0.9, 1.08 x 1440, 1.026 x 600.
EquityCurve three_days(Json const& arguments) {
  EquityCurve curve{arguments["first"].get<std::int64_t>(), std::vector<double>(720, 1.0)};
  curve.equity.push_back(0.9);
  curve.equity.insert(curve.equity.end(), 1440, 1.08);
  curve.equity.insert(curve.equity.end(), 600, 1.026);
  return curve;
}

void check_portfolio(Case const& each) {
  std::vector<EquityCurve> curves;
  std::vector<double> weights;
  for (auto const& [coin, path] : each.arguments["paths"].items()) {
    curves.push_back({path[0].get<std::int64_t>(), numbers(path[1])});
    weights.push_back(each.arguments["weights"][coin].get<double>());
  }
  std::vector<EquityCurve const*> const sleeves{&curves[0], &curves[1]};
  EquityCurve const total = combine(sleeves, weights);
  EXPECT_EQ(total.first_time_s, each.expected[0].get<std::int64_t>());
  golden::expect_numbers(each.expected[1], total.equity, "portfolio");
}

void check_tick_table(Case const& each) {
  statistics::MinutePrices prices;
  prices.first_time_s = each.arguments["first"].get<std::int64_t>();
  for (double const close : numbers(each.arguments["closes"])) {
    prices.append(close, close, close, close, 1000, true);
  }
  TickTable const expected = golden::ticks_of(each.expected), got = estimate_ticks(prices);
  ASSERT_EQ(got.estimated.size(), expected.estimated.size());
  for (std::size_t i = 0; i < got.estimated.size(); ++i) {
    EXPECT_EQ(got.estimated[i].month, expected.estimated[i].month);
    EXPECT_EQ(got.estimated[i].band, expected.estimated[i].band);
    EXPECT_DOUBLE_EQ(got.estimated[i].tick, expected.estimated[i].tick);
  }
}

std::map<std::string, std::function<void(Case const&)>> const checks{
    {"sharpe_probability",
     [](Case const& each) {
       expect_number(
           each.expected,
           sharpe_probability(numbers(each.arguments["r"]), each.arguments["hurdle"].get<double>()),
           "sharpe_probability");
     }},
    {"expected_best_sharpe",
     [](Case const& each) {
       expect_number(each.expected,
                     expected_best_sharpe(each.arguments["trials"].get<std::size_t>(),
                                          each.arguments["deviation"].get<double>()),
                     "expected_best_sharpe");
     }},
    {"daily_returns",
     [](Case const& each) {
       golden::expect_numbers(each.expected, daily_returns(three_days(each.arguments)),
                              "daily_returns");
     }},
    {"drawdown",
     [](Case const& each) {
       golden::expect_drawdown(each.expected, max_drawdown(three_days(each.arguments)));
     }},
    {"performance",
     [](Case const& each) {
       auto const settings = golden::settings_of(each.arguments["config"]);
       statistics::BootstrapCache draws(settings.forecast);
       golden::expect_performance(
           each.expected, measure_performance(three_days(each.arguments), settings,
                                              each.arguments["trials"].get<std::size_t>(), draws));
     }},
    {"portfolio", check_portfolio},
    {"tick_table", check_tick_table},
    {"band",
     [](Case const& each) {
       EXPECT_EQ(each.expected.get<std::int32_t>(),
                 price_band(each.arguments["price"].get<double>()));
     }},
    {"tick_of", [](Case const& each) {
       EXPECT_DOUBLE_EQ(each.expected.get<double>(),
                        golden::ticks_of(each.arguments["table"])
                            .at(each.arguments["time"].get<std::int64_t>(),
                                each.arguments["price"].get<double>()));
     }}};

TEST(GoldenFunctions, OfTheBacktestGiveTheReferenceNumbers) {
  std::map<std::string, int> seen;
  for (Json const& each : golden::json()["functions"]) {
    auto const name = each["function"].get<std::string>();
    auto const check = checks.find(name);
    if (check == checks.end()) continue;  // of the statistics
    SCOPED_TRACE(each.dump().substr(0, 300));
    check->second({each["arguments"], each["expected"]});
    ++seen[name];
  }
  EXPECT_EQ(seen.size(), checks.size());
}

}  // namespace
}  // namespace moneta::backtest
