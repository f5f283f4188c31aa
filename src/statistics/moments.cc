// SPDX-License-Identifier: Apache-2.0
#include "statistics/moments.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <functional>
#include <numeric>

namespace moneta::statistics {
namespace {

/// The positions of the numbers in ascending order.
std::vector<std::size_t> ascending_order(Numbers x) {
  std::vector<std::size_t> order(x.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [x](std::size_t a, std::size_t b) { return x[a] < x[b]; });
  return order;
}

/// Calls visit(first, end) for each run of equal numbers in `order`.
template <class Visit>
void for_each_tie(Numbers x, std::vector<std::size_t> const& order, Visit const& visit) {
  for (std::size_t first = 0; first < order.size();) {
    std::size_t end = first + 1;
    while (end < order.size() && x[order[end]] == x[order[first]]) ++end;
    visit(first, end);
    first = end;
  }
}

}  // namespace

double mean(Numbers x) {
  return x.empty() ? 0 : std::reduce(x.begin(), x.end()) / static_cast<double>(x.size());
}

double population_variance(Numbers x) {
  if (x.empty()) return 0;
  double const center = mean(x);
  double const squares =
      std::transform_reduce(x.begin(), x.end(), 0.0, std::plus<>{},
                            [center](double each) { return (each - center) * (each - center); });
  return squares / static_cast<double>(x.size());
}

double dot(Numbers a, Numbers b) {
  assert(a.size() == b.size());
  return std::transform_reduce(a.begin(), a.end(), b.begin(), 0.0);
}

bool is_constant(Numbers x) {
  return std::adjacent_find(x.begin(), x.end(), std::not_equal_to<>{}) == x.end();
}

std::optional<double> correlation(Numbers a, Numbers b) {
  assert(a.size() == b.size());
  if (is_constant(a) || is_constant(b)) return std::nullopt;
  double const mean_a = mean(a), mean_b = mean(b);
  double product = 0, square_a = 0, square_b = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    double const from_a = a[i] - mean_a, from_b = b[i] - mean_b;
    product += from_a * from_b;
    square_a += from_a * from_a;
    square_b += from_b * from_b;
  }
  double const scale = std::sqrt(square_a) * std::sqrt(square_b);
  if (!(scale > 0)) return std::nullopt;  // numbers so small that their squares are 0
  return product / scale;
}

std::vector<double> ranks(Numbers x) {
  std::vector<std::size_t> const order = ascending_order(x);
  std::vector<double> result(x.size());
  for_each_tie(x, order, [&](std::size_t first, std::size_t end) {
    double const shared = static_cast<double>(first + 1 + end) / 2;
    for (std::size_t i = first; i < end; ++i) result[order[i]] = shared;
  });
  return result;
}

TieGroups tie_groups(Numbers x) {
  std::vector<std::size_t> const order = ascending_order(x);
  TieGroups groups{std::vector<std::size_t>(x.size()), 0};
  for_each_tie(x, order, [&](std::size_t first, std::size_t end) {
    for (std::size_t i = first; i < end; ++i) groups.group[order[i]] = groups.count;
    ++groups.count;
  });
  return groups;
}

double quantile_of_sorted(Numbers sorted, double share) {
  assert(!sorted.empty() && share >= 0 && share <= 1);
  double const position = share * static_cast<double>(sorted.size() - 1);
  auto const below = static_cast<std::size_t>(position);
  double const part = position - static_cast<double>(below);
  double const a = sorted[below], b = sorted[std::min(below + 1, sorted.size() - 1)];
  // From the nearer end, so that the quantile never leaves [a, b].
  return part < 0.5 ? a + (b - a) * part : b - (b - a) * (1 - part);
}

std::vector<double> sorted(Numbers x) {
  std::vector<double> result(x.begin(), x.end());
  std::sort(result.begin(), result.end());
  return result;
}

std::optional<double> median(Numbers x) {
  if (x.empty()) return std::nullopt;
  std::vector<double> values(x.begin(), x.end());
  auto const middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*std::max_element(values.begin(), middle) + *middle) / 2;
}

}  // namespace moneta::statistics
