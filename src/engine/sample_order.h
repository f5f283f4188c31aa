// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "data/dataset.h"

namespace moneta {

/// The samples of `range` in the order in which an epoch visits them: a permutation that depends on
/// (key, epoch) only. Fisher-Yates shuffle; Knuth, TAOCP vol. 2, algorithm 3.4.2P.
std::vector<std::size_t> sample_order(std::uint64_t key, std::int64_t epoch, SampleRange range);

}  // namespace moneta
