// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "statistics/moments.h"
#include "statistics/settings.h"

namespace moneta::statistics {

/// A 95 % percentile interval.
struct Interval {
  double low = 0;
  double high = 0;
};

/// Fewer numbers have no interval.
inline constexpr std::size_t least_interval_samples = 30;

/// The stationary bootstrap of Politis and Romano, JASA 1994: a replicate consists of blocks of
/// consecutive rows, circular, with geometrically distributed lengths. Row i of replicate b takes
/// w = philox(seed, b, i): a block starts if i = 0 or uniform_double(w0, w1) < 1 / block, with the
/// row floor(uniform_double(w2, w3) n). There is no generator state, so equal arguments give equal
/// rows everywhere.
class StationaryBootstrap {
 public:
  /// Of n rows, with blocks of `block` >= 1 rows on average.
  StationaryBootstrap(std::size_t n, std::size_t block, std::uint64_t seed)
      : n_(n), block_(block), seed_(seed) {}

  /// Sets rows [n] to the row numbers of a replicate.
  void draw_rows(std::uint64_t replicate, std::span<std::size_t> rows) const;

  /// Sets counts [n] to how often a replicate contains each row, which is all that a statistic of
  /// it depends on.
  void draw_counts(std::uint64_t replicate, std::span<double> counts) const;

 private:
  /// Calls visit(first position, first row, length) for each block of a replicate.
  template <class Visit>
  void for_each_block(std::uint64_t replicate, Visit const& visit) const;

  std::size_t n_, block_;
  std::uint64_t seed_;
};

/// The interval of the values of a statistic in the replicates where it was defined: quantiles 2.5
/// % and 97.5 %. Undefined if these are less than 90 % of the replicates. Sorts the values.
std::optional<Interval> percentile_interval(std::span<double> values, std::size_t replicates);

/// The interval of sum(x) / divisor, with blocks of dependence_lags(n, overlap). Undefined for
/// fewer than 30 numbers.
std::optional<Interval> sum_interval(Numbers x, double divisor, ForecastSettings const& settings);

/// Intervals of the metrics of forecasts, all from the same rows.
struct ForecastIntervals {
  std::optional<Interval> r2, hit_rate, ic, rank_ic;
  std::optional<Interval> skill_over_baseline;
};

/// The intervals for the forecasts p of y, and of their skill over the forecasts q of a baseline.
/// Undefined for fewer than 30 samples. O(n) a replicate: ranks come from counting in the order
/// that was sorted once.
ForecastIntervals forecast_intervals(Numbers y, Numbers p, Numbers q,
                                     ForecastSettings const& settings);

}  // namespace moneta::statistics
