// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "backtest/backtest.h"
#include "backtest/market_prices.h"
#include "market/bars.h"
#include "support/golden_json.h"

namespace moneta::golden {

/// The settings of a case.
inline backtest::BacktestSettings settings_of(Json const& config) {
  using namespace backtest;
  static std::map<std::string, FillPrice> const fills{{"next_open", FillPrice::next_open},
                                                      {"next_close", FillPrice::next_close},
                                                      {"next_mid", FillPrice::next_middle}};
  static std::map<std::string, Side> const sides{{"long_flat", Side::long_flat},
                                                 {"long_short", Side::long_short}};
  static std::map<std::string, Sizing> const sizings{{"sign", Sizing::sign},
                                                     {"proportional", Sizing::proportional},
                                                     {"vol_target", Sizing::vol_target}};
  static std::map<std::string, Holding> const holdings{{"ladder", Holding::ladder},
                                                       {"signal", Holding::signal},
                                                       {"hysteresis", Holding::hysteresis}};
  BacktestSettings settings;
  settings.forecast.horizon_minutes = config["horizon_minutes"].get<std::int64_t>();
  settings.forecast.stride_minutes = config["stride_minutes"].get<std::int64_t>();
  settings.forecast.replicates = config["replicates"].get<std::size_t>();
  settings.forecast.seed = config["seed"].get<std::uint64_t>();
  settings.fee_bp = config["fee_bp"].get<double>();
  settings.half_spread_ticks = config["half_spread_ticks"].get<double>();
  settings.half_spread_bp = config["half_spread_bp"].get<double>();
  settings.fill = fills.at(config["fill"].get<std::string>());
  settings.side = sides.at(config["side"].get<std::string>());
  settings.sizing = sizings.at(config["sizing"].get<std::string>());
  settings.holding = holdings.at(config["holding"].get<std::string>());
  settings.scale = config["scale"].get<double>();
  settings.target_vol = config["target_vol"].get<double>();
  settings.volume_share = config["volume_share"].get<double>();
  settings.least_days = config["least_days"].get<std::size_t>();
  return settings;
}

/// Candles [time in ms, open, high, low, close, volume].
inline statistics::MinutePrices prices_of(Json const& rows) {
  std::vector<Candle> candles;
  for (Json const& row : rows) {
    candles.push_back({static_cast<std::int64_t>(row[0].get<double>()) / 1000, row[1].get<double>(),
                       row[2].get<double>(), row[3].get<double>(), row[4].get<double>(),
                       row[5].get<double>()});
  }
  return backtest::minute_prices_of(fill_minutes(candles));
}

/// The number of a month such as "2025-10".
inline std::int32_t month_of(std::string const& text) {
  return std::stoi(text.substr(0, 4)) * 12 + std::stoi(text.substr(5)) - 1;
}

/// Ticks [month, band, tick].
inline backtest::TickTable ticks_of(Json const& rows) {
  backtest::TickTable ticks;
  for (Json const& row : rows) {
    ticks.estimated.push_back(
        {month_of(row[0].get<std::string>()), row[1].get<std::int32_t>(), row[2].get<double>()});
  }
  return ticks;
}

inline void expect_time(Json const& expected, std::optional<std::int64_t> got,
                        std::string const& quantity) {
  ASSERT_EQ(expected.is_null(), !got.has_value()) << quantity;
  if (!got) return;
  EXPECT_EQ(expected.get<std::int64_t>(), *got) << quantity;
}

inline void expect_drawdown(Json const& expected, backtest::Drawdown const& got) {
  expect_number(expected["depth"], got.depth, "max_drawdown depth");
  expect_time(expected["peak"], got.peak_s, "max_drawdown peak");
  expect_time(expected["trough"], got.trough_s, "max_drawdown trough");
  expect_time(expected["recovered"], got.recovered_s, "max_drawdown recovered");
}

inline void expect_interval(Json const& expected, std::optional<statistics::Interval> const& got,
                            std::string const& quantity) {
  ASSERT_EQ(expected.is_null(), !got.has_value()) << quantity;
  if (!got) return;
  expect_number(expected[0], got->low, quantity + " low");
  expect_number(expected[1], got->high, quantity + " high");
}

inline void expect_performance(Json const& expected, backtest::Performance const& got) {
  expect_number(expected["return"], got.total_return, "return");
  expect_number(expected["days"], got.days, "days");
  expect_count(expected["daily_returns"], got.daily_returns, "daily_returns");
  expect_number(expected["per_day"], got.per_day, "per_day");
  expect_interval(expected["per_day_95"], got.per_day_95, "per_day_95");
  expect_number(expected["cagr"], got.cagr, "cagr");
  expect_number(expected["volatility"], got.volatility, "volatility");
  expect_number(expected["sharpe"], got.sharpe, "sharpe");
  expect_number(expected["sortino"], got.sortino, "sortino");
  expect_number(expected["calmar"], got.calmar, "calmar");
  expect_number(expected["psr"], got.psr, "psr");
  expect_number(expected["dsr"], got.dsr, "dsr");
  expect_drawdown(expected["max_drawdown"], got.drawdown);
}

/// After ruin the reference divides the value of the position by an equity of 1e-300, which makes
/// its exposure and timing meaningless: `ruined` leaves them out.
inline void expect_backtest(Json const& expected, backtest::Backtest const& got,
                            bool ruined = false) {
  expect_performance(expected, got.performance);
  EXPECT_EQ(expected["first"].get<std::int64_t>(), got.curve.first_time_s);
  expect_count(expected["fills"], got.fills.size(), "fills");
  expect_number(expected["fees"], got.fees, "fees");
  expect_number(expected["spread"], got.spread, "spread");
  expect_number(expected["turnover_per_day"], got.turnover_per_day, "turnover_per_day");
  expect_number(expected["capacity"], got.capacity, "capacity");
  expect_number(expected["gross_return"], got.gross_return, "gross_return");
  expect_number(expected["break_even_bp"], got.break_even_bp, "break_even_bp", 1e-6);
  expect_count(expected["trades"], got.trades, "trades");
  expect_number(expected["trade_hit_rate"], got.trade_hit_rate, "trade_hit_rate");
  expect_number(expected["trade_net_bp"], got.trade_net_bp, "trade_net_bp");
  if (ruined) return;
  expect_number(expected["exposure"], got.exposure, "exposure");
  expect_number(expected["timing_per_day"], got.timing_per_day, "timing_per_day");
}

}  // namespace moneta::golden
