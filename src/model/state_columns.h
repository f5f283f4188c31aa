// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace moneta {

/// The columns of the head's input for one timeframe.
struct StateColumns {
  std::size_t total = 0;  ///< C: width of the head's input
  std::size_t first = 0;  ///< first of the D * H columns of this timeframe
};

}  // namespace moneta
