// SPDX-License-Identifier: Apache-2.0
#include "backtest/coin_report.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "statistics/edge_spread.h"

namespace moneta::backtest {
namespace {

using statistics::Forecasts;
using statistics::MinutePrices;
using statistics::Numbers;

constexpr double no_trade = std::numeric_limits<double>::infinity();

Costs assumed_costs(MinutePrices const& prices, Forecasts const& test,
                    BacktestSettings const& settings, TickTable const& ticks) {
  std::vector<double> close;
  close.reserve(test.size());
  for (std::int64_t const time_s : test.time_s) {
    close.push_back(prices.close[static_cast<std::size_t>(prices.minute_at(time_s) - 1)]);
  }
  double const price = *statistics::median(close);
  Costs costs;
  costs.tick = ticks.at(test.time_s.front(), price);
  costs.tick_bp = costs.tick / price * 1e4;
  costs.side_bp = settings.fee_bp +
                  std::max(settings.half_spread_ticks * costs.tick_bp, settings.half_spread_bp);
  double const round_trip = 2e-4 * costs.side_bp;
  auto const above = std::count_if(test.prediction.begin(), test.prediction.end(),
                                   [&](double p) { return std::abs(p) > round_trip; });
  costs.forecasts_above_cost = static_cast<double>(above) / static_cast<double>(test.size());
  return costs;
}

/// Trades forecasts of the test part always, and above the threshold that those of the valid part
/// choose.
ForecastStrategies trade_forecasts(CoinData const& coin, Numbers test, Numbers valid,
                                   BacktestSettings const& settings, TickTable const& ticks,
                                   statistics::BootstrapCache& draws) {
  auto const trade = [&](double threshold, std::size_t trials) {
    auto const events = schedule(coin.prices, coin.test.time_s, test, settings, threshold);
    return run_backtest(coin.prices, events, settings, ticks, trials * settings.variants, draws);
  };
  ForecastStrategies strategies;
  if (valid.empty()) {
    strategies.always = {0.0, trade(0, 1)};
    return strategies;
  }
  ThresholdChoice choice = choose_threshold(coin.prices, coin.valid.time_s, valid, settings, ticks);
  std::size_t const trials = choice.trials.size();
  strategies.always = {0.0, trade(0, trials)};
  strategies.chosen =
      Strategy{choice.threshold, trade(choice.threshold.value_or(no_trade), trials)};
  strategies.trials = std::move(choice.trials);
  return strategies;
}

}  // namespace

CoinReport evaluate_coin(CoinData const& coin, BacktestSettings settings,
                         statistics::BootstrapCache& draws) {
  check_settings(settings);
  MONETA_REQUIRE(draws.settings() == settings.forecast, internal,
                 "the bootstrap draws with the seed {} are for other settings than the backtest's",
                 draws.settings().seed);
  MinutePrices const& prices = coin.prices;
  Forecasts const& test = coin.test;
  statistics::check_forecasts(prices, test, settings.forecast);
  if (coin.valid.size() > 0) statistics::check_forecasts(prices, coin.valid, settings.forecast);
  auto const baselines =
      statistics::fit_baselines(prices, coin.train_first_s, coin.train_last_s, settings.forecast);
  auto const edges = statistics::volatility_edges(prices, coin.train_first_s, coin.train_last_s,
                                                  settings.forecast);
  TickTable ticks = estimate_ticks(prices);
  ticks.listed = coin.listed_ticks;
  std::optional<double> const spread =
      statistics::edge_spread(prices, coin.train_first_s, test.time_s.front());
  settings.half_spread_bp = std::max(settings.half_spread_bp, spread.value_or(0) / 2 * 1e4);
  CoinReport report;
  report.forecast = statistics::report_forecasts(prices, test, baselines, edges, draws);
  report.costs = assumed_costs(prices, test, settings, ticks);
  if (spread) report.costs.edge_spread_bp = *spread * 1e4;
  report.model =
      trade_forecasts(coin, test.prediction, coin.valid.prediction, settings, ticks, draws);
  report.bounce = trade_forecasts(
      coin, statistics::bounce_forecasts(prices, baselines, test.time_s),
      statistics::bounce_forecasts(prices, baselines, coin.valid.time_s), settings, ticks, draws);
  std::int64_t const life_s = settings.forecast.horizon_minutes * seconds_per_minute;
  std::array<TargetExposure, 2> const hold{
      {{test.time_s.front(), 1.0}, {test.time_s.back() + life_s, 0.0}}};
  report.hold = run_backtest(prices, hold, settings, ticks, settings.variants, draws);
  return report;
}

}  // namespace moneta::backtest
