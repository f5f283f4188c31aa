// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "backtest/backtest.h"
#include "backtest/threshold.h"
#include "statistics/forecast_report.h"

namespace moneta::backtest {

/// What a coin's evaluation starts from. The test and valid forecasts are of one checkpoint.
struct CoinData {
  statistics::MinutePrices prices;
  statistics::Forecasts test;
  statistics::Forecasts valid;                       ///< empty: no threshold can be chosen
  std::int64_t train_first_s = 0, train_last_s = 0;  ///< decision times of the train part
  std::vector<ListedTick> listed_ticks;  ///< of the exchange; empty: estimated from the prices
};

/// The assumed costs of trading.
struct Costs {
  double tick = 0;                       ///< at the median price of the test part; 0 if unknown
  double tick_bp = 0;                    ///< of that price
  std::optional<double> edge_spread_bp;  ///< EDGE before the test part
  double side_bp = 0;                    ///< fee and half-spread of one side
  double forecasts_above_cost = 0;       ///< share of forecasts larger than a round trip's cost
};

/// A rule that acts on forecasts.
struct Strategy {
  std::optional<double> threshold;  ///< none: it does not trade
  Backtest backtest;
};

/// Forecasts that act always, and above the threshold that the valid part chose.
struct ForecastStrategies {
  Strategy always;
  std::optional<Strategy> chosen;  ///< none without a valid part
  std::vector<ThresholdTrial> trials;
};

/// Everything about one coin. The model has learned something only if it beats the bounce strategy,
/// which follows the bounce baseline's forecasts, and holding the coin.
struct CoinReport {
  statistics::ForecastReport forecast;
  Costs costs;
  ForecastStrategies model, bounce;
  Backtest hold;  ///< bought at the first fill, sold at the last forecast's end, with costs
};

/// Evaluates a coin's forecasts and trades them. The half-spread is raised to half of EDGE. Throws
/// Error (config) for wrong settings, Error (data) if the forecasts do not fit the prices, and
/// Error (internal) if the draws are for other settings. Coins share the draws to save time.
CoinReport evaluate_coin(CoinData const& coin, BacktestSettings settings,
                         statistics::BootstrapCache& draws);

}  // namespace moneta::backtest
