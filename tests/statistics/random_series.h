// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/philox.h"

namespace moneta::statistics {

/// n numbers in (-1, 1), the same everywhere.
inline std::vector<double> random_series(std::size_t n, std::uint64_t seed) {
  std::vector<double> series(n);
  for (std::size_t i = 0; i < n; ++i) {
    PhiloxWords const words = philox(seed, 7, i);
    series[i] = 2 * uniform_double(words.word[0], words.word[1]) - 1;
  }
  return series;
}

/// a + factor x b.
inline std::vector<double> mixed(std::vector<double> a, std::vector<double> const& b,
                                 double factor) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] += factor * b[i];
  return a;
}

}  // namespace moneta::statistics
