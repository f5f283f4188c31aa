// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>

#include "backend/cpu/clones.h"
#include "backend/cpu/for_each.h"

namespace moneta::cpu {

/// Columns that a thread sums at once: a cache line of floats.
inline constexpr std::size_t columns_at_once = 16;

template <class Summer>
MONETA_CLONES static void sum_block_of_columns(Summer const summer, std::size_t first,
                                               std::size_t count) {
  double sums[columns_at_once] = {};
  for (std::size_t n = 0; n < summer.batch; ++n)
    for (std::size_t i = 0; i < count; ++i) sums[i] += summer.value(n, first + i);
  for (std::size_t i = 0; i < count; ++i) summer.add(first + i, sums[i]);
}

/// Adds the sum of every column of a ColumnSummer, or of a functor like it.
template <class Summer>
void sum_columns(std::size_t threads, Summer const& summer) {
  std::size_t const blocks = (summer.outputs + columns_at_once - 1) / columns_at_once;
  for_each_block(threads, blocks, [&](std::size_t block) {
    std::size_t const first = block * columns_at_once;
    sum_block_of_columns(summer, first, std::min(columns_at_once, summer.outputs - first));
  });
}

}  // namespace moneta::cpu
