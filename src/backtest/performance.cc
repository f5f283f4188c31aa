// SPDX-License-Identifier: Apache-2.0
#include "backtest/performance.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numbers>

#include "base/time.h"
#include "statistics/distributions.h"

namespace moneta::backtest {
namespace {

using statistics::Numbers;

constexpr double days_per_year = 365;
constexpr std::size_t minutes_per_day = 1440;
constexpr double least_equity = 1e-300;  // a return from an equity of 0 is 0

double return_between(double from, double to) { return (to - from) / std::max(from, least_equity); }

/// Returns from every stride's minute to the next, and of the rest.
std::vector<double> stride_returns(EquityCurve const& curve, std::size_t stride) {
  std::vector<double> const& equity = curve.equity;
  std::vector<double> returns;
  returns.reserve(equity.size() / stride + 1);
  for (std::size_t from = 0; from + 1 < equity.size(); from += stride) {
    std::size_t const to = std::min(from + stride, equity.size() - 1);
    returns.push_back(return_between(equity[from], equity[to]));
  }
  return returns;
}

double sum_of(Numbers x) { return statistics::mean(x) * static_cast<double>(x.size()); }

/// sqrt(mean of min(r, 0)^2).
double downside_deviation(Numbers returns) {
  double sum = 0;
  for (double const each : returns) sum += std::min(each, 0.0) * std::min(each, 0.0);
  return std::sqrt(sum / static_cast<double>(returns.size()));
}

/// Sets the ratios a year of at least two daily returns.
void set_ratios(Performance& result, Numbers daily, std::size_t trials) {
  auto const n = static_cast<double>(daily.size());
  double const deviation = std::sqrt(statistics::population_variance(daily));
  result.psr = sharpe_probability(daily, 0);
  result.dsr = sharpe_probability(daily, expected_best_sharpe(trials, 1 / std::sqrt(n - 1)));
  if (!(deviation > equity_rounding)) return;
  double const average = statistics::mean(daily), year = std::sqrt(days_per_year);
  double const sample_deviation = deviation * std::sqrt(n / (n - 1));
  result.volatility = sample_deviation * year;
  result.sharpe = average / sample_deviation * year;
  double const downside = downside_deviation(daily);
  if (downside > equity_rounding) result.sortino = average / downside * year;
}

}  // namespace

Drawdown max_drawdown(EquityCurve const& curve) {
  std::vector<double> const& equity = curve.equity;
  double peak = equity[0], trough_peak = peak, ratio = 1;
  std::size_t trough = 0;
  for (std::size_t i = 0; i < equity.size(); ++i) {
    peak = std::max(peak, equity[i]);
    if (equity[i] / peak >= ratio) continue;
    ratio = equity[i] / peak;
    trough = i;
    trough_peak = peak;
  }
  double const level = trough_peak * (1 - equity_rounding);
  if (equity[trough] >= level) return {};
  auto const time_of = [&](std::size_t i) {
    return curve.first_time_s + static_cast<std::int64_t>(i) * seconds_per_minute;
  };
  Drawdown worst{equity[trough] / trough_peak - 1, {}, time_of(trough), {}};
  std::size_t top = trough;
  while (equity[top] < level) --top;
  worst.peak_s = time_of(top);
  for (std::size_t i = trough; i < equity.size() && !worst.recovered_s; ++i) {
    if (equity[i] >= level) worst.recovered_s = time_of(i);
  }
  return worst;
}

std::vector<double> daily_returns(EquityCurve const& curve) {
  std::vector<double> returns;
  double before = 1;
  for (std::size_t m = 0; m + 1 < curve.equity.size();) {
    std::int64_t const time_s =
        curve.first_time_s + static_cast<std::int64_t>(m) * seconds_per_minute;
    std::int64_t const second = ((time_s % seconds_per_day) + seconds_per_day) % seconds_per_day;
    std::int64_t const left_s = seconds_per_day - second;
    auto const minutes =
        static_cast<std::size_t>((left_s + seconds_per_minute - 1) / seconds_per_minute);
    m = std::min(m + minutes, curve.equity.size() - 1);
    returns.push_back(return_between(before, curve.equity[m]));
    before = curve.equity[m];
  }
  return returns;
}

std::optional<double> sharpe_probability(Numbers returns, double hurdle) {
  double const deviation = std::sqrt(statistics::population_variance(returns));
  if (returns.size() < 3 || deviation < equity_rounding) return std::nullopt;
  auto const n = static_cast<double>(returns.size());
  double const average = statistics::mean(returns);
  double skewness = 0, kurtosis = 0;
  for (double const each : returns) {
    double const z = (each - average) / deviation;
    skewness += z * z * z / n;
    kurtosis += z * z * z * z / n;
  }
  double const ratio = average / (deviation * std::sqrt(n / (n - 1)));
  double const spread = 1 - skewness * ratio + (kurtosis - 1) / 4 * ratio * ratio;
  if (!(spread > 0)) return std::nullopt;
  return statistics::normal_cdf((ratio - hurdle) * std::sqrt((n - 1) / spread));
}

double expected_best_sharpe(std::size_t trials, double deviation) {
  if (trials <= 1) return 0;
  auto const n = static_cast<double>(trials);
  double const gamma = std::numbers::egamma;
  return deviation * ((1 - gamma) * statistics::normal_quantile(1 - 1 / n) +
                      gamma * statistics::normal_quantile(1 - 1 / (n * std::numbers::e)));
}

Performance measure_performance(EquityCurve const& curve, BacktestSettings const& settings,
                                std::size_t trials, statistics::BootstrapCache& draws) {
  assert(curve.equity.size() > 1);
  std::vector<double> const daily = daily_returns(curve);
  auto const stride = static_cast<std::size_t>(settings.forecast.stride_minutes);
  std::vector<double> const steps = stride_returns(curve, stride);
  Performance result;
  result.total_return = curve.equity.back() - 1;
  result.days = static_cast<double>(curve.equity.size() - 1) / minutes_per_day;
  result.daily_returns = daily.size();
  result.per_day = sum_of(steps) / result.days;
  result.per_day_95 = statistics::sum_interval(steps, result.days, draws);
  result.drawdown = max_drawdown(curve);
  if (daily.size() < settings.least_days) return result;
  result.cagr = std::pow(curve.equity.back(), days_per_year / result.days) - 1;
  if (result.drawdown.depth != 0) result.calmar = *result.cagr / -result.drawdown.depth;
  if (daily.size() > 1) set_ratios(result, daily, trials);
  return result;
}

}  // namespace moneta::backtest
