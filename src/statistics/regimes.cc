// SPDX-License-Identifier: Apache-2.0
#include "statistics/regimes.h"

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/time.h"
#include "statistics/past_volatility.h"

namespace moneta::statistics {
namespace {

constexpr std::size_t least_samples = 30;
constexpr std::size_t volatility_minutes = 60;

struct Group {
  std::string name;
  std::vector<double> target, prediction;
};

/// Groups by key; name_of(i) names the group of forecast i.
template <class Key, class Name>
std::vector<Regime> group_forecasts(Forecasts const& forecasts, Key const& key_of,
                                    Name const& name_of) {
  std::map<std::int64_t, Group> groups;
  for (std::size_t i = 0; i < forecasts.size(); ++i) {
    auto const [found, is_new] = groups.try_emplace(key_of(i));
    if (is_new) found->second.name = name_of(i);
    found->second.target.push_back(forecasts.target[i]);
    found->second.prediction.push_back(forecasts.prediction[i]);
  }
  std::vector<Regime> regimes;
  for (auto const& [key, group] : groups) {
    Regime regime{group.name, {}};
    regime.metrics.samples = group.target.size();
    if (regime.metrics.samples >= least_samples) {
      regime.metrics = point_metrics(group.target, group.prediction);
    }
    regimes.push_back(std::move(regime));
  }
  return regimes;
}

}  // namespace

std::vector<Regime> by_hour_utc(Forecasts const& forecasts) {
  auto const hour = [&](std::size_t i) {
    std::int64_t const second = forecasts.time_s[i] % seconds_per_day;
    return (second + seconds_per_day) % seconds_per_day / 3600;
  };
  return group_forecasts(forecasts, hour, [&](std::size_t i) { return std::to_string(hour(i)); });
}

std::vector<Regime> by_month_utc(Forecasts const& forecasts) {
  std::int64_t next_s = INT64_MIN, month = 0;  // times rise
  auto const month_of = [&](std::size_t i) {
    if (forecasts.time_s[i] < next_s) return month;
    next_s = next_month_start(forecasts.time_s[i]);
    return ++month;
  };
  return group_forecasts(forecasts, month_of,
                         [&](std::size_t i) { return utc_month(forecasts.time_s[i]); });
}

std::vector<Regime> by_volatility(MinutePrices const& prices, Forecasts const& forecasts,
                                  std::array<double, 2> const& edges) {
  std::vector<double> const volatility =
      past_volatility(prices, forecasts.time_s, volatility_minutes);
  auto const tercile = [&](std::size_t i) {
    return std::int64_t{volatility[i] > edges[0]} + std::int64_t{volatility[i] > edges[1]};
  };
  return group_forecasts(forecasts, tercile,
                         [&](std::size_t i) { return std::to_string(tercile(i)); });
}

std::array<double, 2> volatility_edges(MinutePrices const& prices, std::int64_t first_s,
                                       std::int64_t last_s, ForecastSettings const& settings) {
  std::vector<std::int64_t> time_s;
  for (std::int64_t each = first_s; each <= last_s;
       each += settings.stride_minutes * seconds_per_minute) {
    time_s.push_back(each);
  }
  MONETA_REQUIRE(!time_s.empty(), data,
                 "the train part from {} to {} has no decision times. Is its end before its start?",
                 utc_text(first_s), utc_text(last_s));
  std::vector<double> const volatility =
      sorted(past_volatility(prices, time_s, volatility_minutes));
  return {quantile_of_sorted(volatility, 1.0 / 3), quantile_of_sorted(volatility, 2.0 / 3)};
}

}  // namespace moneta::statistics
