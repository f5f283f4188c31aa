// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "statistics/moments.h"

/// Means and correlations of numbers that depend on each other, because targets overlap and
/// forecasts persist. `overlap` is the number of forecasts that are alive at once.
namespace moneta::statistics {

/// The lags of every long-run variance over n numbers, and the mean block length of the bootstrap:
/// max(2 overlap, the smallest c with c^3 >= n), at most n / 2, at least 1.
std::size_t dependence_lags(std::size_t n, std::size_t overlap);

struct MeanEstimate {
  std::optional<double> mean;   ///< undefined without numbers
  std::optional<double> error;  ///< its standard error; undefined if the numbers do not vary
  std::optional<double> t;      ///< mean / error
};

/// The mean with a standard error that is consistent under heteroskedasticity and autocorrelation
/// (HAC): sqrt(V / n), V = g_0 + 2 sum_{k=1..L} (1 - k / (L + 1)) g_k with the autocovariances g_k
/// over n and L = dependence_lags. Newey and West, Econometrica 1987. O(n L).
MeanEstimate hac_mean(Numbers x, std::size_t overlap);

/// The t-value of the correlation of y and p: the correlation r divided by the HAC error of the
/// mean of a b - r / 2 (a^2 + b^2), its influence function, where a and b are y and p in units of
/// their standard deviations from their means.
std::optional<double> correlation_t(Numbers y, Numbers p, std::size_t overlap);

}  // namespace moneta::statistics
