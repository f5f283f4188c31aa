// SPDX-License-Identifier: Apache-2.0
#include "statistics/linear_fit.h"

#include <cassert>
#include <cmath>
#include <vector>

#include "base/error.h"
#include "statistics/baselines.h"

namespace moneta::statistics {
namespace {

constexpr double ridge = 1e-9;
constexpr double least_deviation = 1e-12;

template <std::size_t C>
using Rows = std::span<std::array<double, C> const>;

template <std::size_t C>
std::array<double, C> column_means(Rows<C> x) {
  std::array<double, C> sum{};
  for (auto const& row : x) {
    for (std::size_t c = 0; c < C; ++c) sum[c] += row[c];
  }
  for (double& each : sum) each /= static_cast<double>(x.size());
  return sum;
}

/// 1 / standard deviation of each column; 0 for a column that does not vary.
template <std::size_t C>
std::array<double, C> inverse_deviations(Rows<C> x, std::array<double, C> const& center) {
  std::array<double, C> squares{};
  for (auto const& row : x) {
    for (std::size_t c = 0; c < C; ++c) squares[c] += (row[c] - center[c]) * (row[c] - center[c]);
  }
  for (double& each : squares) {
    double const deviation = std::sqrt(each / static_cast<double>(x.size()));
    each = deviation > least_deviation ? 1 / deviation : 0;
  }
  return squares;
}

}  // namespace

void solve_positive_definite(std::span<double> a, std::span<double> b) {
  std::size_t const n = b.size();
  assert(a.size() == n * n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      double sum = a[i * n + j];
      for (std::size_t k = 0; k < j; ++k) sum -= a[i * n + k] * a[j * n + k];
      if (i != j) {
        a[i * n + j] = sum / a[j * n + j];
        continue;
      }
      MONETA_REQUIRE(sum > 0, internal,
                     "the matrix of a fit has the pivot {} (it must be positive)", sum);
      a[i * n + i] = std::sqrt(sum);
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k < i; ++k) b[i] -= a[i * n + k] * b[k];
    b[i] /= a[i * n + i];
  }
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t k = i + 1; k < n; ++k) b[i] -= a[k * n + i] * b[k];
    b[i] /= a[i * n + i];
  }
}

template <std::size_t C>
LinearFit<C> fit_linear(Rows<C> x, Numbers y) {
  assert(!x.empty() && x.size() == y.size());
  auto const n = static_cast<double>(x.size());
  LinearFit<C> fit;
  fit.intercept = mean(y);
  fit.center = column_means<C>(x);
  std::array<double, C> const inverse = inverse_deviations<C>(x, fit.center);
  std::array<double, C * C> products{};
  std::array<double, C> z{};
  for (std::size_t i = 0; i < x.size(); ++i) {
    for (std::size_t c = 0; c < C; ++c) z[c] = (x[i][c] - fit.center[c]) * inverse[c];
    for (std::size_t a = 0; a < C; ++a) {
      for (std::size_t b = 0; b < C; ++b) products[a * C + b] += z[a] * z[b];
      fit.weight[a] += z[a] * (y[i] - fit.intercept);
    }
  }
  for (double& each : products) each /= n;
  for (double& each : fit.weight) each /= n;
  for (std::size_t c = 0; c < C; ++c) products[c * C + c] += ridge;
  solve_positive_definite(products, fit.weight);
  for (std::size_t c = 0; c < C; ++c) fit.weight[c] *= inverse[c];
  return fit;
}

template LinearFit<1> fit_linear<1>(Rows<1> x, Numbers y);
template LinearFit<bounce_regressor_count> fit_linear<bounce_regressor_count>(
    Rows<bounce_regressor_count> x, Numbers y);

}  // namespace moneta::statistics
