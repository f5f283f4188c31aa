// SPDX-License-Identifier: Apache-2.0
#include "statistics/point_metrics.h"

#include <algorithm>
#include <cassert>
#include <functional>
#include <numeric>
#include <vector>

namespace moneta::statistics {
namespace {

/// sum (a - b)^2, added in the same order as `dot`: the R2 of no change is exactly 0.
double squared_distance(Numbers a, Numbers b) {
  return std::transform_reduce(a.begin(), a.end(), b.begin(), 0.0, std::plus<>{},
                               [](double x, double y) { return (x - y) * (x - y); });
}

std::optional<double> hit_rate(Numbers y, Numbers p) {
  std::size_t moved = 0, hits = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    moved += y[i] != 0 ? 1 : 0;
    hits += (y[i] > 0 && p[i] > 0) || (y[i] < 0 && p[i] < 0) ? 1 : 0;
  }
  if (moved == 0) return std::nullopt;
  return static_cast<double>(hits) / static_cast<double>(moved);
}

/// What is left of x after its regression on `regressor`, which has the mean 0. Empty if that is
/// only rounding.
std::vector<double> residuals(Numbers x, Numbers regressor) {
  double const center = mean(x);
  std::vector<double> left(x.begin(), x.end());
  for (double& each : left) each -= center;
  double const before = dot(left, left), squares = dot(regressor, regressor);
  double const slope = squares > 0 ? dot(regressor, left) / squares : 0;
  for (std::size_t i = 0; i < left.size(); ++i) left[i] -= slope * regressor[i];
  constexpr double rounding = 1e-24;  // of a sum of squares
  if (dot(left, left) <= rounding * before) return {};
  return left;
}

}  // namespace

PointMetrics point_metrics(Numbers y, Numbers p) {
  assert(y.size() == p.size());
  PointMetrics metrics;
  metrics.samples = y.size();
  double const naive = dot(y, y);
  if (naive > 0) metrics.r2 = 1 - squared_distance(y, p) / naive;
  metrics.hit_rate = hit_rate(y, p);
  metrics.ic = correlation(y, p);
  if (metrics.ic) metrics.rank_ic = correlation(ranks(y), ranks(p));
  return metrics;
}

std::optional<double> skill_over(Numbers y, Numbers p, Numbers q) {
  double const base = squared_distance(y, q);
  if (!(base > 0)) return std::nullopt;
  return 1 - squared_distance(y, p) / base;
}

std::optional<double> commoner_sign(Numbers y) {
  auto const up = std::count_if(y.begin(), y.end(), [](double each) { return each > 0; });
  auto const down = std::count_if(y.begin(), y.end(), [](double each) { return each < 0; });
  if (up + down == 0) return std::nullopt;
  return static_cast<double>(std::max(up, down)) / static_cast<double>(up + down);
}

std::optional<double> ic_beyond(Numbers y, Numbers p, Numbers q) {
  if (is_constant(y) || is_constant(p)) return std::nullopt;
  std::vector<double> regressor(q.begin(), q.end());
  double const center = mean(q);
  for (double& each : regressor) each -= center;
  if (is_constant(q)) std::fill(regressor.begin(), regressor.end(), 0.0);
  std::vector<double> const rest_y = residuals(y, regressor), rest_p = residuals(p, regressor);
  if (rest_y.empty() || rest_p.empty()) return std::nullopt;
  return correlation(rest_y, rest_p);
}

}  // namespace moneta::statistics
