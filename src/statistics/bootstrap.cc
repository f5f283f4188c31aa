// SPDX-License-Identifier: Apache-2.0
#include "statistics/bootstrap.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "base/philox.h"
#include "statistics/dependence.h"

namespace moneta::statistics {
namespace {

/// Ranks of weighted rows by counting in groups of equal numbers.
class CountedRanks {
 public:
  explicit CountedRanks(Numbers x) : groups_(tie_groups(x)), rank_(groups_.count) {}

  /// Ranks for rows that occur `counts` times. Returns whether at least two numbers differ.
  bool count(Numbers counts) {
    std::fill(rank_.begin(), rank_.end(), 0.0);
    for (std::size_t i = 0; i < counts.size(); ++i) rank_[groups_.group[i]] += counts[i];
    double before = 0;
    std::size_t present = 0;
    for (double& each : rank_) {
      double const samples = each;
      present += samples > 0 ? 1 : 0;
      each = before + (samples + 1) / 2;
      before += samples;
    }
    return present > 1;
  }

  double operator[](std::size_t row) const { return rank_[groups_.group[row]]; }

 private:
  TieGroups groups_;
  std::vector<double> rank_;  // [groups]
};

/// Pearson's correlation of x and y (callable with a row number) over rows that occur `counts`
/// times, of which the means are known.
template <class X, class Y>
std::optional<double> counted_correlation(Numbers counts, X const& x, double mean_x, Y const& y,
                                          double mean_y) {
  double product = 0, square_x = 0, square_y = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    double const from_x = x[i] - mean_x, from_y = y[i] - mean_y;
    product += counts[i] * from_x * from_y;
    square_x += counts[i] * from_x * from_x;
    square_y += counts[i] * from_y * from_y;
  }
  double const scale = std::sqrt(square_x) * std::sqrt(square_y);
  if (!(scale > 0)) return std::nullopt;
  return product / scale;
}

/// What the replicates of one statistic gave where it was defined.
class Values {
 public:
  explicit Values(std::size_t replicates) : replicates_(replicates) { values_.reserve(replicates); }

  void add(std::optional<double> value) {
    if (value) values_.push_back(*value);
  }
  std::optional<Interval> interval() { return percentile_interval(values_, replicates_); }

 private:
  std::size_t replicates_;
  std::vector<double> values_;
};

std::optional<double> one_minus_ratio(double above, double below) {
  if (!(below > 0)) return std::nullopt;
  return 1 - above / below;
}

/// The metrics of one replicate as sums over rows, weighted by how often a row occurs.
struct CountedSums {
  double error = 0, naive = 0, baseline = 0, hits = 0, moved = 0, y = 0, p = 0;

  CountedSums(Numbers counts, Numbers targets, Numbers predictions, Numbers others) {
    for (std::size_t i = 0; i < counts.size(); ++i) {
      double const count = counts[i], target = targets[i], prediction = predictions[i];
      error += count * (target - prediction) * (target - prediction);
      naive += count * target * target;
      baseline += count * (target - others[i]) * (target - others[i]);
      hits += (target > 0 && prediction > 0) || (target < 0 && prediction < 0) ? count : 0;
      moved += target != 0 ? count : 0;
      y += count * target;
      p += count * prediction;
    }
  }
};

}  // namespace

StationaryBootstrap::StationaryBootstrap(std::size_t n, std::size_t block, std::uint64_t seed,
                                         std::size_t replicates)
    : n_(n), first_block_{0} {
  assert(n <= std::numeric_limits<std::uint32_t>::max());
  double const chance = 1 / static_cast<double>(block), rows = static_cast<double>(n);
  blocks_.reserve(replicates * (n / block + 1));
  for (std::size_t b = 0; b < replicates; ++b) {
    for (std::size_t i = 0; i < n; ++i) {
      PhiloxWords const words = philox(seed, b, i);
      if (i > 0 && !(uniform_double(words.word[0], words.word[1]) < chance)) {
        ++blocks_.back().length;
        continue;
      }
      double const row = uniform_double(words.word[2], words.word[3]) * rows;
      blocks_.push_back({static_cast<std::uint32_t>(row), 1});
    }
    first_block_.push_back(blocks_.size());
  }
}

void StationaryBootstrap::copy_rows(std::size_t replicate, std::span<std::size_t> rows) const {
  assert(rows.size() == n_);
  std::size_t position = 0;
  for (Block const& block : blocks(replicate)) {
    for (std::size_t i = 0; i < block.length; ++i) rows[position++] = (block.row + i) % n_;
  }
}

void StationaryBootstrap::copy_counts(std::size_t replicate, std::span<double> counts) const {
  assert(counts.size() == n_);
  // counts holds the changes from row to row until the end.
  std::fill(counts.begin(), counts.end(), 0.0);
  for (Block const& block : blocks(replicate)) {
    counts[block.row] += 1;
    std::size_t const end = std::size_t{block.row} + block.length;
    if (end < n_) counts[end] -= 1;
    if (end <= n_) continue;
    counts[0] += 1;
    counts[end - n_] -= 1;
  }
  double count = 0;
  for (double& each : counts) each = count += each;
}

double StationaryBootstrap::sum(std::size_t replicate, Numbers sums_before) const {
  assert(sums_before.size() == n_ + 1);
  double total = 0;
  for (Block const& block : blocks(replicate)) {
    std::size_t const end = std::size_t{block.row} + block.length;
    total += sums_before[std::min(end, n_)] - sums_before[block.row];
    if (end > n_) total += sums_before[end - n_];
  }
  return total;
}

StationaryBootstrap const& BootstrapCache::of(std::size_t n) {
  auto const found = by_rows_.find(n);
  if (found != by_rows_.end()) return found->second;
  StationaryBootstrap draws(n, dependence_lags(n, settings_.overlap()), settings_.seed,
                            settings_.replicates);
  return by_rows_.emplace(n, std::move(draws)).first->second;
}

std::optional<Interval> percentile_interval(std::span<double> values, std::size_t replicates) {
  if (values.empty() ||
      static_cast<double>(values.size()) < 0.9 * static_cast<double>(replicates)) {
    return std::nullopt;
  }
  std::sort(values.begin(), values.end());
  return Interval{quantile_of_sorted(values, 0.025), quantile_of_sorted(values, 0.975)};
}

std::optional<Interval> sum_interval(Numbers x, double divisor, BootstrapCache& draws) {
  if (x.size() < least_interval_samples) return std::nullopt;
  StationaryBootstrap const& bootstrap = draws.of(x.size());
  std::vector<double> sums_before(x.size() + 1), values(bootstrap.replicates());
  std::partial_sum(x.begin(), x.end(), sums_before.begin() + 1);
  for (std::size_t b = 0; b < values.size(); ++b) {
    values[b] = bootstrap.sum(b, sums_before) / divisor;
  }
  return percentile_interval(values, values.size());
}

ForecastIntervals forecast_intervals(Numbers y, Numbers p, Numbers q, BootstrapCache& draws) {
  assert(y.size() == p.size() && y.size() == q.size());
  if (y.size() < least_interval_samples) return {};
  StationaryBootstrap const& bootstrap = draws.of(y.size());
  std::size_t const replicates = bootstrap.replicates();
  auto const n = static_cast<double>(y.size());
  CountedRanks rank_y(y), rank_p(p);
  Values r2(replicates), hit_rate(replicates), ic(replicates), rank_ic(replicates),
      skill(replicates);
  std::vector<double> counts(y.size());
  for (std::size_t b = 0; b < replicates; ++b) {
    bootstrap.copy_counts(b, counts);
    CountedSums const sums(counts, y, p, q);
    r2.add(one_minus_ratio(sums.error, sums.naive));
    if (sums.moved > 0) hit_rate.add(sums.hits / sums.moved);
    skill.add(one_minus_ratio(sums.error, sums.baseline));
    bool const y_varies = rank_y.count(counts), p_varies = rank_p.count(counts);
    if (!y_varies || !p_varies) continue;
    ic.add(counted_correlation(counts, y, sums.y / n, p, sums.p / n));
    rank_ic.add(counted_correlation(counts, rank_y, (n + 1) / 2, rank_p, (n + 1) / 2));
  }
  return {r2.interval(), hit_rate.interval(), ic.interval(), rank_ic.interval(), skill.interval()};
}

}  // namespace moneta::statistics
