// SPDX-License-Identifier: Apache-2.0
#include "statistics/calibration.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

#include "statistics/dependence.h"
#include "statistics/distributions.h"

namespace moneta::statistics {

Calibration calibration(Numbers y, Numbers p, std::size_t overlap) {
  assert(y.size() == p.size());
  double const variance = population_variance(p);
  if (is_constant(p) || !(variance > 0)) return {};
  double const mean_p = mean(p), mean_y = mean(y);
  auto const n = static_cast<double>(y.size());
  double covariance = 0;
  for (std::size_t i = 0; i < y.size(); ++i) covariance += (p[i] - mean_p) * y[i];
  double const slope = covariance / n / variance;
  std::vector<double> influence(y.size());
  for (std::size_t i = 0; i < influence.size(); ++i) {
    double const from_mean = p[i] - mean_p;
    influence[i] = from_mean * (y[i] - mean_y - slope * from_mean) / variance;
  }
  Calibration line{mean_y - slope * mean_p, slope, hac_mean(influence, overlap).error, {}};
  if (line.slope_error) {
    line.calibrated_p = student_two_sided_p((slope - 1) / *line.slope_error, n - 1);
  }
  return line;
}

QuantileTable quantile_table(Numbers y, Numbers p, std::size_t bucket_count) {
  assert(y.size() == p.size() && bucket_count > 0);
  auto const n = static_cast<double>(y.size()), buckets = static_cast<double>(bucket_count);
  std::vector<double> prediction(bucket_count), realized(bucket_count);
  QuantileTable table{std::vector<QuantileBucket>(bucket_count), {}};
  std::vector<double> const rank = ranks(p);
  for (std::size_t i = 0; i < y.size(); ++i) {
    auto const bucket =
        std::min(bucket_count - 1, static_cast<std::size_t>((rank[i] - 0.5) * buckets / n));
    ++table.buckets[bucket].samples;
    prediction[bucket] += p[i];
    realized[bucket] += y[i];
  }
  std::vector<double> means;
  for (std::size_t b = 0; b < bucket_count; ++b) {
    QuantileBucket& bucket = table.buckets[b];
    if (bucket.samples == 0) continue;
    auto const samples = static_cast<double>(bucket.samples);
    bucket.prediction_bp = prediction[b] / samples * 1e4;
    bucket.realized_bp = realized[b] / samples * 1e4;
    means.push_back(*bucket.realized_bp);
  }
  std::vector<double> number(means.size());
  std::iota(number.begin(), number.end(), 1.0);
  table.monotonicity = correlation(number, ranks(means));
  return table;
}

}  // namespace moneta::statistics
