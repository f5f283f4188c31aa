// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

namespace moneta::cpu {

/// Sum of squares of `count` values in double. Blocks of fixed size are each summed in eight fixed
/// lanes, so that the result does not depend on `threads`. `partial` is scratch memory.
double sum_of_squares(std::size_t threads, float const* values, std::size_t count,
                      std::vector<double>& partial);

}  // namespace moneta::cpu
