// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <fstream>
#include <sstream>
#include <string>

#include "backtest/coin_report.h"
#include "backtest/golden_numbers.h"
#include "market/read_candles.h"

namespace moneta::golden {

/// Forecasts "time,close,target,prediction" with times such as 2025-09-29T14:45:00Z.
inline statistics::Forecasts read_forecasts(std::string const& file) {
  std::ifstream lines(folder + file);
  if (!lines) throw std::runtime_error("golden file: cannot open " + file);
  statistics::Forecasts forecasts;
  std::string line, close, target, prediction;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    namespace chrono = std::chrono;
    auto const number = [&](std::size_t at, std::size_t count) {
      return std::stoi(line.substr(at, count));
    };
    chrono::year_month_day const day{chrono::year{number(0, 4)},
                                     chrono::month{static_cast<unsigned>(number(5, 2))},
                                     chrono::day{static_cast<unsigned>(number(8, 2))}};
    auto const midnight = chrono::sys_seconds{chrono::sys_days{day}}.time_since_epoch().count();
    forecasts.time_s.push_back(midnight + number(11, 2) * 3600 + number(14, 2) * 60);
    std::istringstream rest(line.substr(21));
    std::getline(rest, close, ',');
    std::getline(rest, target, ',');
    std::getline(rest, prediction, ',');
    forecasts.target.push_back(std::stod(target));
    forecasts.prediction.push_back(std::stod(prediction));
  }
  return forecasts;
}

/// The coin of a golden market.
inline backtest::CoinData coin_of(Json const& market) {
  auto const file = [&](char const* part) { return market["files"][part].get<std::string>(); };
  auto const candles = read_candles(folder + file("candles") + ".gz", BadRows::error).candles;
  return {backtest::minute_prices_of(fill_minutes(candles)),
          read_forecasts(file("test")),
          read_forecasts(file("valid")),
          market["train_first"].get<std::int64_t>(),
          market["train_last"].get<std::int64_t>(),
          {}};
}

inline Json const& market(std::string const& name) {
  for (Json const& each : json()["markets"]) {
    if (each["name"] == name) return each;
  }
  throw std::runtime_error("golden file: no market " + name);
}

}  // namespace moneta::golden
