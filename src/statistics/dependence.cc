// SPDX-License-Identifier: Apache-2.0
#include "statistics/dependence.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <vector>

namespace moneta::statistics {
namespace {

/// The smallest c with c^3 >= n.
std::size_t cube_root_up(std::size_t n) {
  auto root = static_cast<std::size_t>(std::cbrt(static_cast<double>(n)));
  while (root * root * root < n) ++root;
  while (root > 0 && (root - 1) * (root - 1) * (root - 1) >= n) --root;
  return root;
}

std::vector<double> standardized(Numbers x) {
  double const center = mean(x), deviation = std::sqrt(population_variance(x));
  std::vector<double> result(x.begin(), x.end());
  for (double& each : result) each = (each - center) / deviation;
  return result;
}

}  // namespace

std::size_t dependence_lags(std::size_t n, std::size_t overlap) {
  std::size_t const wanted = std::max(2 * overlap, cube_root_up(n));
  return std::max<std::size_t>(1, std::min(wanted, n / 2));
}

MeanEstimate hac_mean(Numbers x, std::size_t overlap) {
  std::size_t const n = x.size();
  if (n == 0) return {};
  if (n == 1) return {x[0], std::nullopt, std::nullopt};
  MeanEstimate estimate{mean(x), std::nullopt, std::nullopt};
  std::vector<double> from_mean(x.begin(), x.end());
  for (double& each : from_mean) each -= *estimate.mean;
  Numbers const c = from_mean;
  std::size_t const lags = dependence_lags(n, overlap);
  double sum = dot(c, c);
  for (std::size_t k = 1; k <= lags; ++k) {
    double const weight = 1 - static_cast<double>(k) / static_cast<double>(lags + 1);
    sum += 2 * weight * dot(c.subspan(k), c.first(n - k));
  }
  auto const count = static_cast<double>(n);
  double const variance = sum / count;
  constexpr double rounding = 1e-14;  // of a mean square: such numbers do not vary
  if (!(variance > rounding * dot(x, x) / count)) return estimate;
  estimate.error = std::sqrt(variance / count);
  estimate.t = *estimate.mean / *estimate.error;
  return estimate;
}

std::optional<double> correlation_t(Numbers y, Numbers p, std::size_t overlap) {
  assert(y.size() == p.size());
  std::optional<double> const r = correlation(y, p);
  constexpr double rounding = 1e-12;  // of a correlation: a perfect one has no error
  if (!r || 1 - std::abs(*r) < rounding) return std::nullopt;
  std::vector<double> const a = standardized(y), b = standardized(p);
  std::vector<double> influence(y.size());
  for (std::size_t i = 0; i < influence.size(); ++i) {
    influence[i] = a[i] * b[i] - *r / 2 * (a[i] * a[i] + b[i] * b[i]);
  }
  std::optional<double> const error = hac_mean(influence, overlap).error;
  if (!error) return std::nullopt;
  return *r / *error;
}

}  // namespace moneta::statistics
