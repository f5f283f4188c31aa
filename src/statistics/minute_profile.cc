// SPDX-License-Identifier: Apache-2.0
#include "statistics/minute_profile.h"

#include <cmath>

#include "statistics/dependence.h"

namespace moneta::statistics {
namespace {

double sign(double x) { return static_cast<double>(x > 0) - static_cast<double>(x < 0); }

/// The last minute that is known at each decision time.
std::vector<std::size_t> last_known_minutes(MinutePrices const& prices,
                                            std::vector<std::int64_t> const& time_s) {
  std::vector<std::size_t> known(time_s.size());
  for (std::size_t i = 0; i < known.size(); ++i) {
    known[i] = static_cast<std::size_t>(prices.minute_at(time_s[i]) - 1);
  }
  return known;
}

std::vector<double> ic_of_minutes(MinutePrices const& prices, Forecasts const& forecasts,
                                  std::vector<std::size_t> const& known, std::size_t horizon) {
  Numbers const y = forecasts.target, p = forecasts.prediction;
  if (!correlation(y, p)) return {};
  double const mean_p = mean(p);
  double const scale = std::sqrt(population_variance(p)) * std::sqrt(population_variance(y)) *
                       static_cast<double>(p.size());
  std::vector<double> terms(horizon);
  for (std::size_t i = 0; i < p.size(); ++i) {
    double const weight = (p[i] - mean_p) / scale;
    double const* const log_close = prices.log_close.data() + known[i];
    for (std::size_t k = 0; k < horizon; ++k)
      terms[k] += weight * (log_close[k + 1] - log_close[k]);
  }
  return terms;
}

/// The gain of trading the sign of the forecasts at price[known + delay], in basis points.
std::optional<double> gain_bp(std::vector<double> const& price, Numbers p,
                              std::vector<std::size_t> const& known, std::size_t delay,
                              std::size_t horizon) {
  double product = 0, signs = 0, returns = 0;
  std::size_t rows = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    std::size_t const from = known[i] + delay, to = from + horizon;
    if (to >= price.size()) continue;
    double const log_return = std::log(price[to] / price[from]);
    product += sign(p[i]) * log_return;
    signs += sign(p[i]);
    returns += log_return;
    ++rows;
  }
  if (rows == 0) return std::nullopt;
  auto const n = static_cast<double>(rows);
  return (product / n - signs / n * (returns / n)) * 1e4;
}

}  // namespace

MinuteProfile minute_profile(MinutePrices const& prices, Forecasts const& forecasts,
                             ForecastSettings const& settings) {
  auto const horizon = static_cast<std::size_t>(settings.horizon_minutes);
  Numbers const p = forecasts.prediction;
  std::vector<std::size_t> const known = last_known_minutes(prices, forecasts.time_s);
  std::vector<double> late(known.size());
  for (std::size_t i = 0; i < late.size(); ++i) {
    late[i] = prices.log_close[known[i] + horizon] - prices.log_close[known[i] + 1];
  }
  MinuteProfile profile;
  profile.ic_of_minute = ic_of_minutes(prices, forecasts, known, horizon);
  profile.late = point_metrics(late, p);
  profile.late_ic_t = correlation_t(late, p, settings.overlap());
  profile.last_close_bp = gain_bp(prices.close, p, known, 0, horizon);
  profile.next_open_bp = gain_bp(prices.open, p, known, 1, horizon);
  profile.next_close_bp = gain_bp(prices.close, p, known, 1, horizon);
  profile.next_middle_bp = gain_bp(prices.middle, p, known, 1, horizon);
  return profile;
}

}  // namespace moneta::statistics
