// SPDX-License-Identifier: Apache-2.0
#include "evaluate/metrics.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "base/error.h"

namespace moneta {
namespace {

double correlation(std::span<double const> a, std::span<double const> b) {
  auto const count = static_cast<double>(a.size());
  double const mean_a = std::accumulate(a.begin(), a.end(), 0.0) / count;
  double const mean_b = std::accumulate(b.begin(), b.end(), 0.0) / count;
  double product = 0, square_a = 0, square_b = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    product += (a[i] - mean_a) * (b[i] - mean_b);
    square_a += (a[i] - mean_a) * (a[i] - mean_a);
    square_b += (b[i] - mean_b) * (b[i] - mean_b);
  }
  double const scale = std::sqrt(square_a) * std::sqrt(square_b);
  return scale > 0 ? product / scale : 0;
}

/// Ranks from 1; equal values share the mean of their ranks.
std::vector<double> ranks_of(std::span<double const> values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&values](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  for (std::size_t first = 0; first < order.size();) {
    std::size_t end = first;
    while (end < order.size() && values[order[end]] == values[order[first]]) ++end;
    double const rank = static_cast<double>(first + 1 + end) / 2;
    for (std::size_t i = first; i < end; ++i) ranks[order[i]] = rank;
    first = end;
  }
  return ranks;
}

}  // namespace

Metrics compute_metrics(std::span<float const> target, std::span<float const> prediction) {
  MONETA_REQUIRE(!target.empty() && target.size() == prediction.size(), data,
                 "cannot compare {} predictions with {} targets", prediction.size(), target.size());
  std::vector<double> const y(target.begin(), target.end());
  std::vector<double> const p(prediction.begin(), prediction.end());
  Metrics metrics;
  metrics.samples = y.size();
  std::size_t moved = 0, hits = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    metrics.mse += (p[i] - y[i]) * (p[i] - y[i]);
    metrics.naive_mse += y[i] * y[i];
    if (y[i] == 0) continue;
    ++moved;
    hits += (y[i] > 0) == (p[i] > 0) && p[i] != 0 ? 1 : 0;
  }
  auto const count = static_cast<double>(y.size());
  metrics.mse /= count;
  metrics.naive_mse /= count;
  metrics.r2 = metrics.naive_mse > 0 ? 1 - metrics.mse / metrics.naive_mse : 0;
  metrics.hit_rate = moved > 0 ? static_cast<double>(hits) / static_cast<double>(moved) : 0;
  metrics.ic = correlation(y, p);
  metrics.rank_ic = correlation(ranks_of(y), ranks_of(p));
  return metrics;
}

}  // namespace moneta
