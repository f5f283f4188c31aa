// SPDX-License-Identifier: Apache-2.0
#include "backtest/schedule.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "base/error.h"
#include "statistics/past_volatility.h"

namespace moneta::backtest {
namespace {

using statistics::Numbers;

constexpr std::size_t volatility_minutes = 1440;
constexpr double minutes_per_year = 365.0 * 1440;

double sign(double x) { return static_cast<double>(x > 0) - static_cast<double>(x < 0); }

/// The wanted positions, 0 for a forecast within the threshold.
std::vector<double> sizes(statistics::MinutePrices const& prices,
                          std::span<std::int64_t const> time_s, Numbers prediction,
                          BacktestSettings const& settings, double threshold) {
  std::vector<double> volatility;
  if (settings.sizing == Sizing::vol_target) {
    volatility = statistics::past_volatility(prices, time_s, volatility_minutes);
  }
  std::vector<double> size(prediction.size());
  for (std::size_t i = 0; i < size.size(); ++i) {
    double const p = prediction[i];
    if (!(std::abs(p) > threshold)) continue;
    size[i] = sign(p);
    if (settings.sizing == Sizing::proportional)
      size[i] = std::clamp(p / settings.scale, -1.0, 1.0);
    if (settings.sizing == Sizing::vol_target) {
      double const a_year = volatility[i] * std::sqrt(minutes_per_year);
      size[i] *= std::min(1.0, settings.target_vol / std::max(a_year, 1e-12));
    }
    if (settings.side == Side::long_flat) size[i] = std::max(size[i], 0.0);
  }
  return size;
}

std::vector<TargetExposure> ladder(std::span<std::int64_t const> time_s, Numbers size,
                                   std::int64_t life_s, std::size_t overlap) {
  std::vector<TargetExposure> events;
  std::size_t begun = 0, ended = 0;  // forecasts at or before the event
  while (ended < time_s.size()) {
    std::int64_t now_s = time_s[ended] + life_s;
    if (begun < time_s.size()) now_s = std::min(now_s, time_s[begun]);
    if (begun < time_s.size() && time_s[begun] == now_s) ++begun;
    if (time_s[ended] + life_s == now_s) ++ended;
    double sum = 0;
    for (std::size_t i = ended; i < begun; ++i) sum += size[i];
    events.push_back({now_s, sum / static_cast<double>(overlap)});
  }
  return events;
}

}  // namespace

std::vector<TargetExposure> schedule(statistics::MinutePrices const& prices,
                                     std::span<std::int64_t const> time_s, Numbers prediction,
                                     BacktestSettings const& settings, double threshold) {
  assert(time_s.size() == prediction.size());
  std::vector<double> const size = sizes(prices, time_s, prediction, settings, threshold);
  std::int64_t const life_s = settings.forecast.horizon_minutes * seconds_per_minute;
  if (settings.holding == Holding::ladder) {
    return ladder(time_s, size, life_s, settings.forecast.overlap());
  }
  std::vector<TargetExposure> events;
  double held = 0;
  for (std::size_t i = 0; i < time_s.size(); ++i) {
    bool const acts = std::abs(prediction[i]) > threshold;
    if (acts || settings.holding == Holding::signal) held = size[i];
    events.push_back({time_s[i], held});
    bool const expires = i + 1 == time_s.size() || time_s[i + 1] > time_s[i] + life_s;
    if (!expires) continue;
    held = 0;
    events.push_back({time_s[i] + life_s, 0});
  }
  return events;
}

double default_scale(Numbers prediction) {
  std::vector<double> size(prediction.begin(), prediction.end());
  for (double& each : size) each = std::abs(each);
  std::sort(size.begin(), size.end());
  double const scale = size.empty() ? 0 : statistics::quantile_of_sorted(size, 0.9);
  MONETA_REQUIRE(
      scale > 0, data,
      "the 0.9-quantile of the size of {} forecasts is {}, which cannot scale positions. "
      "Set backtest.scale, or backtest.sizing to 'sign'?",
      size.size(), scale);
  return scale;
}

}  // namespace moneta::backtest
