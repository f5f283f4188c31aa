// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>

#include "backend/cpu/clones.h"
#include "backend/cpu/denormals.h"
#include "backend/row_functors.h"

/// OpenMP loops over blocks of fixed size, so that no result depends on the number of threads.
namespace moneta::cpu {

inline constexpr std::size_t block_elements = 16384;

/// Calls work(block) for every block, in any order.
template <class Work>
void for_each_block(std::size_t threads, std::size_t blocks, Work const& work) {
#pragma omp parallel num_threads(static_cast <int>(threads)) if (blocks > 1)
  {
    FlushDenormals const flush;
#pragma omp for schedule(static)
    for (std::size_t block = 0; block < blocks; ++block) work(block);
  }
}

template <class F>
MONETA_CLONES static void run_range(F const f, std::size_t begin, std::size_t end) {
  for (std::size_t i = begin; i < end; ++i) f(i);
}

/// Calls f(0) ... f(count - 1). On a GPU, a kernel with one thread per element does the same.
template <class F>
void for_each(std::size_t threads, std::size_t count, F const& f) {
  std::size_t const blocks = (count + block_elements - 1) / block_elements;
  for_each_block(threads, blocks, [&](std::size_t block) {
    std::size_t const begin = block * block_elements;
    run_range(f, begin, std::min(count, begin + block_elements));
  });
}

template <class F>
MONETA_CLONES static void run_rows(F const f, std::size_t begin, std::size_t end) {
  for (std::size_t row = begin; row < end; ++row) f(row, OneThread{});
}

/// Calls f(row, lanes) for all rows; see backend/row_functors.h.
template <class F>
void for_each_row(std::size_t threads, std::size_t rows, std::size_t columns, F const& f) {
  std::size_t const per_block = std::max<std::size_t>(1, block_elements / columns);
  for_each_block(threads, (rows + per_block - 1) / per_block, [&](std::size_t block) {
    std::size_t const begin = block * per_block;
    run_rows(f, begin, std::min(rows, begin + per_block));
  });
}

}  // namespace moneta::cpu
