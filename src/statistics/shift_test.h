// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "statistics/moments.h"

namespace moneta::statistics {

/// The p-value of the correlation of y and p against its distribution when p is rotated by
/// k = L ... n - L rows, L = dependence_lags(n, overlap), which keeps the autocorrelation of both:
/// (1 + number of rotations with at least the true correlation) / (1 + number of rotations).
/// Undefined if either is constant or n < 4 L. O(n^2), with 16 rotations at once.
std::optional<double> shift_test(Numbers y, Numbers p, std::size_t overlap);

}  // namespace moneta::statistics
