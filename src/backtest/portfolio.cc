// SPDX-License-Identifier: Apache-2.0
#include "backtest/portfolio.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/time.h"
#include "statistics/moments.h"

namespace moneta::backtest {
namespace {

struct TimeRange {
  std::int64_t first_s = 0, last_s = 0;
  double minutes() const { return static_cast<double>(last_s - first_s) / seconds_per_minute; }
};

TimeRange range_of(EquityCurve const& curve) {
  auto const minutes = static_cast<std::int64_t>(curve.equity.size()) - 1;
  return {curve.first_time_s, curve.first_time_s + minutes * seconds_per_minute};
}

TimeRange union_of(std::span<EquityCurve const* const> curves) {
  TimeRange all = range_of(*curves.front());
  for (EquityCurve const* curve : curves) {
    TimeRange const range = range_of(*curve);
    all.first_s = std::min(all.first_s, range.first_s);
    all.last_s = std::max(all.last_s, range.last_s);
  }
  return all;
}

void check(std::span<EquityCurve const* const> curves, std::span<double const> weights) {
  MONETA_REQUIRE(!curves.empty() && curves.size() == weights.size(), internal,
                 "a portfolio of {} sleeves has {} weights", curves.size(), weights.size());
  double const sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  bool const none_negative =
      std::all_of(weights.begin(), weights.end(), [](double each) { return each >= 0; });
  MONETA_REQUIRE(none_negative && std::abs(sum - 1) <= 1e-9, internal,
                 "the weights of a portfolio add up to {} (they must add up to 1, none negative)",
                 sum);
  for (EquityCurve const* curve : curves) {
    std::int64_t const apart_s = curve->first_time_s - curves.front()->first_time_s;
    MONETA_REQUIRE(!curve->equity.empty() && apart_s % seconds_per_minute == 0, internal,
                   "sleeves of a portfolio begin {} s apart (minutes are expected)", apart_s);
  }
}

}  // namespace

EquityCurve combine(std::span<EquityCurve const* const> curves, std::span<double const> weights) {
  check(curves, weights);
  TimeRange const all = union_of(curves);
  auto const length = static_cast<std::size_t>((all.last_s - all.first_s) / seconds_per_minute) + 1;
  EquityCurve total{all.first_s, std::vector<double>(length)};
  for (std::size_t c = 0; c < curves.size(); ++c) {
    std::vector<double> const& equity = curves[c]->equity;
    auto const start =
        static_cast<std::size_t>((curves[c]->first_time_s - all.first_s) / seconds_per_minute);
    double const weight = weights[c];
    for (std::size_t i = 0; i < start; ++i) total.equity[i] += weight;
    for (std::size_t i = 0; i < equity.size(); ++i) total.equity[start + i] += weight * equity[i];
    for (std::size_t i = start + equity.size(); i < length; ++i) {
      total.equity[i] += weight * equity.back();
    }
  }
  return total;
}

std::vector<double> equal_weights(std::size_t sleeves) {
  return std::vector<double>(sleeves, 1 / static_cast<double>(sleeves));
}

std::vector<double> risk_weights(std::span<statistics::MinutePrices const* const> prices,
                                 std::int64_t first_s, std::int64_t last_s) {
  std::vector<double> weights;
  for (statistics::MinutePrices const* each : prices) {
    auto const count = static_cast<std::int64_t>(each->size());
    std::int64_t const first = std::max<std::int64_t>(each->minute_at(first_s), 1);
    std::int64_t const end = std::min(each->minute_at(last_s), count);
    std::vector<double> moves;
    for (std::int64_t i = first; i < end; ++i) {
      auto const now = static_cast<std::size_t>(i);
      moves.push_back(each->log_close[now] - each->log_close[now - 1]);
    }
    double const deviation = std::sqrt(statistics::population_variance(moves));
    MONETA_REQUIRE(deviation > 0, data,
                   "the price does not change from {} to {}, so its risk is not known. Set "
                   "backtest.weights to 'equal'?",
                   utc_text(first_s), utc_text(last_s));
    weights.push_back(1 / deviation);
  }
  double const sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  for (double& each : weights) each /= sum;
  return weights;
}

std::vector<double> coverage(std::span<EquityCurve const* const> curves) {
  std::vector<double> shares;
  if (curves.empty()) return shares;
  double const all = union_of(curves).minutes();
  for (EquityCurve const* curve : curves) {
    shares.push_back(all > 0 ? range_of(*curve).minutes() / all : 1);
  }
  return shares;
}

}  // namespace moneta::backtest
