// SPDX-License-Identifier: Apache-2.0
#include "statistics/forecasts.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "statistics/baselines.h"

namespace moneta::statistics {
namespace {

constexpr double most_not_finite = 0.01;   // of the forecasts
constexpr double target_tolerance = 1e-6;  // targets are stored in float32

void check_arrays(Forecasts const& forecasts) {
  std::size_t const n = forecasts.size();
  MONETA_REQUIRE(n > 0, data, "there are no forecasts to evaluate. Is the part of the data empty?");
  MONETA_REQUIRE(forecasts.target.size() == n && forecasts.prediction.size() == n, data,
                 "{} decision times have {} targets and {} predictions. Is the file damaged?", n,
                 forecasts.target.size(), forecasts.prediction.size());
  for (std::size_t i = 0; i < n; ++i) {
    MONETA_REQUIRE(std::isfinite(forecasts.target[i]) && std::isfinite(forecasts.prediction[i]),
                   data,
                   "the forecast at {} has the target {} and the prediction {} (both must be "
                   "finite). Leave it out?",
                   utc_text(forecasts.time_s[i]), forecasts.target[i], forecasts.prediction[i]);
    MONETA_REQUIRE(
        i == 0 || forecasts.time_s[i - 1] < forecasts.time_s[i], data,
        "the forecast at {} follows the one at {} (times must rise). Sort the forecasts?",
        utc_text(forecasts.time_s[i]), utc_text(forecasts.time_s[i - (i > 0 ? 1 : 0)]));
  }
}

}  // namespace

std::size_t leave_out_not_finite(Forecasts& forecasts) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < forecasts.size(); ++i) {
    if (!std::isfinite(forecasts.target[i]) || !std::isfinite(forecasts.prediction[i])) continue;
    forecasts.time_s[kept] = forecasts.time_s[i];
    forecasts.target[kept] = forecasts.target[i];
    forecasts.prediction[kept] = forecasts.prediction[i];
    ++kept;
  }
  std::size_t const left_out = forecasts.size() - kept;
  MONETA_REQUIRE(
      static_cast<double>(left_out) <= most_not_finite * static_cast<double>(forecasts.size()),
      data, "{} of {} forecasts are not finite (at most 1 % may be). Did the training diverge?",
      left_out, forecasts.size());
  forecasts.time_s.resize(kept);
  forecasts.target.resize(kept);
  forecasts.prediction.resize(kept);
  return left_out;
}

void check_forecasts(MinutePrices const& prices, Forecasts const& forecasts,
                     ForecastSettings const& settings) {
  check_arrays(forecasts);
  auto const minutes = static_cast<std::int64_t>(prices.size());
  for (std::size_t i = 0; i < forecasts.size(); ++i) {
    std::int64_t const time_s = forecasts.time_s[i];
    MONETA_REQUIRE((time_s - prices.first_time_s) % seconds_per_minute == 0, data,
                   "the decision time {} is not the start of a minute. Are its seconds rounded?",
                   utc_text(time_s));
    std::int64_t const last_known = prices.minute_at(time_s) - 1;
    MONETA_REQUIRE(last_known >= bounce_minutes && last_known + settings.horizon_minutes < minutes,
                   data,
                   "the forecast at {} needs prices from {} minutes before it to {} minutes after "
                   "it (they begin at {} and end at {}). Are these the candles of the forecasts?",
                   utc_text(time_s), bounce_minutes, settings.horizon_minutes,
                   utc_text(prices.first_time_s), utc_text(prices.time_of(prices.size())));
    auto const now = static_cast<std::size_t>(last_known);
    auto const later = static_cast<std::size_t>(last_known + settings.horizon_minutes);
    double const target = prices.log_close[later] - prices.log_close[now];
    MONETA_REQUIRE(std::abs(target - forecasts.target[i]) <= target_tolerance, data,
                   "the target at {} is {}, but the candles say {}. Are these the candles of the "
                   "forecasts?",
                   utc_text(time_s), forecasts.target[i], target);
  }
}

}  // namespace moneta::statistics
