// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>

#include "backend/cpu/clones.h"
#include "backend/cpu/denormals.h"

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

}  // namespace moneta::cpu
