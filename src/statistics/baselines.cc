// SPDX-License-Identifier: Apache-2.0
#include "statistics/baselines.h"

#include <algorithm>

#include "base/error.h"

namespace moneta::statistics {
namespace {

/// The mean of the last `count` numbers up to x[i].
double past_mean(std::vector<double> const& x, std::size_t i, std::size_t count) {
  double sum = 0;
  for (std::size_t k = 0; k < count; ++k) sum += x[i - k];
  return sum / static_cast<double>(count);
}

}  // namespace

std::array<double, bounce_regressor_count> bounce_regressors(MinutePrices const& prices,
                                                             std::size_t i) {
  auto const& close = prices.log_close;
  auto const& middle = prices.log_middle;
  double const now = close[i];
  return {now - close[i - 1],
          now - close[i - 2],
          now - close[i - 3],
          now - close[i - 5],
          now - close[i - 10],
          now - close[i - 20],
          now - middle[i],
          now - past_mean(middle, i, 5),
          now - past_mean(close, i, 15)};
}

Baselines fit_baselines(MinutePrices const& prices, std::int64_t first_s, std::int64_t last_s,
                        ForecastSettings const& settings) {
  std::int64_t const step_s = settings.stride_minutes * seconds_per_minute;
  std::int64_t const past_s = ((first_s % step_s) + step_s) % step_s;
  std::vector<std::array<double, bounce_regressor_count>> x;
  std::vector<double> y;
  auto const minutes = static_cast<std::int64_t>(prices.size());
  // A time before the prices needs no visit: the first with 20 minutes before it.
  std::int64_t time_s = first_s + (past_s == 0 ? 0 : step_s - past_s);
  for (; time_s <= last_s; time_s += step_s) {
    std::int64_t const i = prices.minute_at(time_s) - 1;
    if (i + settings.horizon_minutes >= minutes) break;
    if (i < bounce_minutes) continue;
    auto const now = static_cast<std::size_t>(i);
    auto const later = static_cast<std::size_t>(i + settings.horizon_minutes);
    x.push_back(bounce_regressors(prices, now));
    y.push_back(prices.log_close[later] - prices.log_close[now]);
  }
  MONETA_REQUIRE(!y.empty(), data,
                 "no decision time from {} to {} has {} minutes of prices before it and {} after "
                 "it. Are these the candles of the train part?",
                 utc_text(first_s), utc_text(last_s), bounce_minutes, settings.horizon_minutes);
  Baselines baselines;
  baselines.samples = y.size();
  baselines.bounce = fit_linear<bounce_regressor_count>(x, y);
  baselines.drift = baselines.bounce.intercept;
  return baselines;
}

std::vector<double> bounce_forecasts(MinutePrices const& prices, Baselines const& baselines,
                                     std::span<std::int64_t const> time_s) {
  std::vector<double> forecasts(time_s.size());
  for (std::size_t i = 0; i < forecasts.size(); ++i) {
    std::int64_t const now = prices.minute_at(time_s[i]) - 1;
    MONETA_REQUIRE(
        now >= bounce_minutes && now < static_cast<std::int64_t>(prices.size()), data,
        "the bounce baseline cannot forecast at {} (it needs {} minutes of prices before "
        "it; they begin at {} and end at {}). Are these the candles of the forecasts?",
        utc_text(time_s[i]), bounce_minutes, utc_text(prices.first_time_s),
        utc_text(prices.time_of(prices.size())));
    forecasts[i] = baselines.bounce(bounce_regressors(prices, static_cast<std::size_t>(now)));
  }
  return forecasts;
}

}  // namespace moneta::statistics
