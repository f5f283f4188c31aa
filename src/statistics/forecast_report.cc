// SPDX-License-Identifier: Apache-2.0
#include "statistics/forecast_report.h"

#include <algorithm>
#include <cmath>

#include "statistics/dependence.h"
#include "statistics/shift_test.h"

namespace moneta::statistics {
namespace {

BaselineReport compare(Forecasts const& forecasts, Numbers baseline, std::size_t overlap) {
  Numbers const y = forecasts.target, p = forecasts.prediction;
  return {point_metrics(y, baseline), skill_over(y, p, baseline),
          diebold_mariano(y, p, baseline, overlap)};
}

std::optional<double> clark_west_t(Numbers y, Numbers p, std::size_t overlap) {
  std::vector<double> product(y.size());
  for (std::size_t i = 0; i < product.size(); ++i) product[i] = y[i] * p[i];
  return hac_mean(product, overlap).t;
}

}  // namespace

ForecastReport report_forecasts(MinutePrices const& prices, Forecasts const& forecasts,
                                Baselines const& baselines,
                                std::array<double, 2> const& volatility_edges,
                                BootstrapCache& draws) {
  ForecastSettings const& settings = draws.settings();
  check_forecasts(prices, forecasts, settings);
  Numbers const y = forecasts.target, p = forecasts.prediction;
  std::size_t const overlap = settings.overlap();
  std::vector<double> const zero(y.size()), drift(y.size(), baselines.drift);
  std::vector<double> const bounce = bounce_forecasts(prices, baselines, forecasts.time_s);
  ForecastReport report;
  report.model = point_metrics(y, p);
  report.target_deviation = std::sqrt(population_variance(y));
  report.zero_targets =
      static_cast<double>(std::count(y.begin(), y.end(), 0.0)) / static_cast<double>(y.size());
  report.commoner_sign = commoner_sign(y);
  report.no_change = compare(forecasts, zero, overlap);
  report.drift = compare(forecasts, drift, overlap);
  report.bounce = compare(forecasts, bounce, overlap);
  report.ic_beyond_bounce = ic_beyond(y, p, bounce);
  report.ic_t = correlation_t(y, p, overlap);
  report.clark_west_t = clark_west_t(y, p, overlap);
  report.shift_p = shift_test(y, p, overlap);
  report.intervals_95 = forecast_intervals(y, p, bounce, draws);
  report.calibration = calibration(y, p, overlap);
  report.deciles = quantile_table(y, p);
  report.profile = minute_profile(prices, forecasts, settings);
  report.by_hour_utc = by_hour_utc(forecasts);
  report.by_month = by_month_utc(forecasts);
  report.by_volatility = by_volatility(prices, forecasts, volatility_edges);
  return report;
}

}  // namespace moneta::statistics
