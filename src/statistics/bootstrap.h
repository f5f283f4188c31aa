// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
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

/// Replicates of n rows by the stationary bootstrap of Politis and Romano, JASA 1994: a replicate
/// consists of blocks of consecutive rows, circular, with geometrically distributed lengths. Row i
/// of replicate b takes w = philox(seed, b, i): a block starts if i = 0 or uniform_double(w0, w1) <
/// 1 / block, with the row floor(uniform_double(w2, w3) n). There is no generator state, so equal
/// arguments give equal rows everywhere. Holds 8 bytes for each block.
class StationaryBootstrap {
 public:
  /// n < 2^32 rows; a block has `block` >= 1 rows on average.
  StationaryBootstrap(std::size_t n, std::size_t block, std::uint64_t seed, std::size_t replicates);

  std::size_t rows() const { return n_; }
  std::size_t replicates() const { return first_block_.size() - 1; }

  /// Sets rows [n] to the row numbers of a replicate.
  void copy_rows(std::size_t replicate, std::span<std::size_t> rows) const;

  /// Sets counts [n] to how often a replicate contains each row, which is all that a statistic of
  /// it depends on.
  void copy_counts(std::size_t replicate, std::span<double> counts) const;

  /// The sum of x over the rows of a replicate, where sums_before [n + 1] are the sums of the first
  /// 0, 1, ... n numbers. O(blocks).
  double sum(std::size_t replicate, Numbers sums_before) const;

 private:
  struct Block {
    std::uint32_t row, length;
  };
  std::span<Block const> blocks(std::size_t replicate) const {
    return std::span(blocks_).subspan(first_block_[replicate],
                                      first_block_[replicate + 1] - first_block_[replicate]);
  }

  std::size_t n_;
  std::vector<Block> blocks_;             // of all replicates
  std::vector<std::size_t> first_block_;  // [replicates + 1]
};

/// Keeps the replicates for each number of rows, because drawing them takes longer than using them:
/// the strategies of a coin, and coins with equally many forecasts, share theirs. Not for several
/// threads at once.
class BootstrapCache {
 public:
  explicit BootstrapCache(ForecastSettings const& settings) : settings_(settings) {}

  ForecastSettings const& settings() const { return settings_; }

  /// The replicates of n rows, with blocks of dependence_lags(n, overlap); valid as long as this.
  StationaryBootstrap const& of(std::size_t n);

 private:
  ForecastSettings settings_;
  std::map<std::size_t, StationaryBootstrap> by_rows_;
};

/// The interval of the values of a statistic in the replicates where it was defined: quantiles 2.5
/// % and 97.5 %. Undefined if these are less than 90 % of the replicates. Sorts the values.
std::optional<Interval> percentile_interval(std::span<double> values, std::size_t replicates);

/// The interval of sum(x) / divisor; undefined for fewer than 30 numbers.
std::optional<Interval> sum_interval(Numbers x, double divisor, BootstrapCache& draws);

/// Intervals of the metrics of forecasts, all from the same rows.
struct ForecastIntervals {
  std::optional<Interval> r2, hit_rate, ic, rank_ic;
  std::optional<Interval> skill_over_baseline;
};

/// The intervals for the forecasts p of y, and of their skill over the forecasts q of a baseline.
/// Undefined for fewer than 30 samples. O(n) a replicate: ranks come from counting in the order
/// that was sorted once.
ForecastIntervals forecast_intervals(Numbers y, Numbers p, Numbers q, BootstrapCache& draws);

}  // namespace moneta::statistics
