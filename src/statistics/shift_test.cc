// SPDX-License-Identifier: Apache-2.0
#include "statistics/shift_test.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <vector>

#include "statistics/dependence.h"

namespace moneta::statistics {
namespace {

constexpr std::size_t lanes = 16;

/// sum over i of y[i] window[n - 1 - i + j] for j = 0 ... lanes - 1, n = the size of y.
std::array<double, lanes> products(Numbers y, double const* window) {
  std::array<double, lanes> sums{};
  for (std::size_t i = 0; i < y.size(); ++i) {
    double const* const from = window + (y.size() - 1 - i);
    for (std::size_t j = 0; j < lanes; ++j) sums[j] += y[i] * from[j];
  }
  return sums;
}

std::vector<double> from_mean(Numbers x) {
  std::vector<double> result(x.begin(), x.end());
  double const center = mean(x);
  for (double& each : result) each -= center;
  return result;
}

}  // namespace

std::optional<double> shift_test(Numbers y, Numbers p, std::size_t overlap) {
  assert(y.size() == p.size());
  std::size_t const n = y.size(), edge = dependence_lags(n, overlap);
  std::optional<double> const ic = correlation(y, p);
  if (!ic || n < 4 * edge) return std::nullopt;
  std::vector<double> const targets = from_mean(y), forecasts = from_mean(p);
  // Row i of the forecasts rotated by k is forecasts[i - k] = rotated[n - 1 - i + k].
  std::vector<double> rotated(2 * n + lanes);
  for (std::size_t m = 0; m < 2 * n; ++m) rotated[m] = forecasts[(2 * n - 1 - m) % n];
  double const scale = std::sqrt(dot(targets, targets)) * std::sqrt(dot(forecasts, forecasts));
  constexpr double rounding = 1e-12;
  double const threshold = (*ic - rounding) * scale;
  std::size_t at_least = 0;
  for (std::size_t k = edge; k <= n - edge; k += lanes) {
    std::array<double, lanes> const sums = products(targets, rotated.data() + k);
    std::size_t const last = std::min(lanes, n - edge - k + 1);
    for (std::size_t j = 0; j < last; ++j) at_least += sums[j] >= threshold ? 1 : 0;
  }
  return static_cast<double>(1 + at_least) / static_cast<double>(1 + n - 2 * edge + 1);
}

}  // namespace moneta::statistics
