// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "statistics/moments.h"

namespace moneta::statistics {

/// A linear function of C numbers.
template <std::size_t C>
struct LinearFit {
  double intercept = 0;  ///< the mean of the fitted targets
  std::array<double, C> center{};
  std::array<double, C> weight{};  ///< of a number's distance from its center, in its own units

  double operator()(std::array<double, C> const& x) const {
    double sum = intercept;
    for (std::size_t c = 0; c < C; ++c) sum += (x[c] - center[c]) * weight[c];
    return sum;
  }
};

/// Solves a x = b for a symmetric, positive definite matrix a [n, n] (row-major, overwritten with
/// its Cholesky factor), where n is the size of b; b becomes x. Throws Error (internal) if a is not
/// positive definite.
void solve_positive_definite(std::span<double> a, std::span<double> b);

/// The least squares fit of y [n] by the rows x [n], n > 0, with a ridge: (Z'Z / n + 1e-9 I) w =
/// Z'(y - mean y) / n, where Z are the columns of x in units of their standard deviations from
/// their means. The ridge only makes the solution unique. A column with a deviation of at most
/// 1e-12 counts as 0.
template <std::size_t C>
LinearFit<C> fit_linear(std::span<std::array<double, C> const> x, Numbers y);

}  // namespace moneta::statistics
