// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "backtest/simulate.h"
#include "statistics/bootstrap.h"
#include "statistics/moments.h"

namespace moneta::backtest {

/// The largest loss from a peak of the equity, whose start counts as a peak.
struct Drawdown {
  double depth = 0;                         ///< equity at the trough / peak - 1; 0 if there is none
  std::optional<std::int64_t> peak_s;       ///< the last minute's end at the peak
  std::optional<std::int64_t> trough_s;     ///< the first minute's end at the trough
  std::optional<std::int64_t> recovered_s;  ///< when the peak was reached again
};

Drawdown max_drawdown(EquityCurve const& curve);

/// Returns of UTC days. A minute belongs to the day it starts in; the first and the last day may be
/// short, and a day without minutes has no return.
std::vector<double> daily_returns(EquityCurve const& curve);

/// The probabilistic Sharpe ratio: how likely it is that the true ratio is above `hurdle`, where
/// both are those of one return, not annual. Phi((S - hurdle) sqrt(n - 1) / sqrt(1 - g3 S + (g4 -
/// 1) / 4 S^2)) with skewness g3 and kurtosis g4 (3 if normal): Bailey and Lopez de Prado, "The
/// Sharpe ratio efficient frontier", Journal of Risk 2012. Undefined for fewer than 3 returns or
/// returns that do not vary.
std::optional<double> sharpe_probability(statistics::Numbers returns, double hurdle);

/// The expected highest Sharpe ratio of `trials` strategies without skill whose Sharpe ratios have
/// this standard deviation: Bailey and Lopez de Prado, "The deflated Sharpe ratio", Journal of
/// Portfolio Management 2014. 0 for one trial.
double expected_best_sharpe(std::size_t trials, double deviation);

/// What the equity alone says. Rates a year use 365 days and no interest; they are undefined for
/// fewer daily returns than `least_days`.
struct Performance {
  double total_return = 0;        ///< last equity - 1
  double days = 0;                ///< minutes / 1440
  std::size_t daily_returns = 0;  ///< their number
  double per_day = 0;             ///< sum of the returns from stride to stride / days
  std::optional<statistics::Interval> per_day_95;  ///< by stationary bootstrap of these returns
  std::optional<double> cagr;                      ///< compound annual growth rate
  std::optional<double> volatility;  ///< standard deviation (n - 1) of daily returns, a year
  std::optional<double> sharpe;      ///< mean / standard deviation of daily returns, a year
  /// mean / sqrt(mean of min(r, 0)^2 over all days), a year; undefined without a loss.
  std::optional<double> sortino;
  std::optional<double> calmar;  ///< cagr / depth of the drawdown; undefined without one
  Drawdown drawdown;
  std::optional<double> psr;  ///< probabilistic Sharpe ratio above 0
  std::optional<double> dsr;  ///< above the expected best of the tried strategies
};

/// The performance of an account over at least one minute. `trials` is the number of strategies of
/// which this one was chosen, at least 1; `draws` are for the settings of the forecasts.
Performance measure_performance(EquityCurve const& curve, BacktestSettings const& settings,
                                std::size_t trials, statistics::BootstrapCache& draws);

}  // namespace moneta::backtest
