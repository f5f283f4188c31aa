// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

/// Moments, ranks and quantiles of finite numbers. Sums of deviations are taken in a second pass,
/// after the mean.
namespace moneta::statistics {

using Numbers = std::span<double const>;

/// 0 if there are no numbers.
double mean(Numbers x);

/// The mean squared deviation from the mean, over n (not n - 1); 0 if there are no numbers.
double population_variance(Numbers x);

/// sum of a[i] b[i]; the lengths are equal.
double dot(Numbers a, Numbers b);

/// True if no two of the numbers differ, also if there are none.
bool is_constant(Numbers x);

/// Pearson's correlation; undefined if either is constant. The lengths are equal.
std::optional<double> correlation(Numbers a, Numbers b);

/// Ranks from 1; equal numbers share the mean of their ranks.
std::vector<double> ranks(Numbers x);

/// For each number, how many different smaller numbers there are; and how many different numbers
/// there are at all.
struct TieGroups {
  std::vector<std::size_t> group;  ///< [n], from 0 to count - 1
  std::size_t count = 0;
};
TieGroups tie_groups(Numbers x);

/// The quantile `share` (0 to 1) of numbers in ascending order, at least one, interpolated
/// linearly: type 7 of Hyndman and Fan, "Sample quantiles in statistical packages", 1996.
double quantile_of_sorted(Numbers sorted, double share);

/// The numbers in ascending order.
std::vector<double> sorted(Numbers x);

/// The middle number, or the mean of the two in the middle; undefined if there are none.
std::optional<double> median(Numbers x);

}  // namespace moneta::statistics
