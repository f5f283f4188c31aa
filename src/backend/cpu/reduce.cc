// SPDX-License-Identifier: Apache-2.0
#include "backend/cpu/reduce.h"

#include <algorithm>

#include "backend/cpu/for_each.h"

namespace moneta::cpu {
namespace {

constexpr std::size_t lanes = 8;

MONETA_CLONES double block_sum(float const* values, std::size_t count) {
  double sums[lanes] = {};
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes)
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      double const value = double{values[i + lane]};
      sums[lane] += value * value;
    }
  for (; i < count; ++i) sums[i % lanes] += double{values[i]} * double{values[i]};
  double total = 0;
  for (double const sum : sums) total += sum;
  return total;
}

}  // namespace

double sum_of_squares(std::size_t threads, float const* values, std::size_t count,
                      std::vector<double>& partial) {
  partial.resize((count + block_elements - 1) / block_elements);
  for_each_block(threads, partial.size(), [&](std::size_t block) {
    std::size_t const begin = block * block_elements;
    partial[block] = block_sum(values + begin, std::min(block_elements, count - begin));
  });
  double total = 0;
  for (double const sum : partial) total += sum;
  return total;
}

}  // namespace moneta::cpu
