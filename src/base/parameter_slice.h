// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace moneta {

/// One named array in a coin's flat float32 parameter array, with PyTorch's name and shape.
struct ParameterSlice {
  std::string name;  ///< "encoder.1m.weight_ih_l0", "..._reverse", "head.hidden.weight"
  std::vector<std::size_t> shape;
  std::size_t offset = 0, size = 0;  ///< in elements of the flat array
  bool operator==(ParameterSlice const&) const = default;
};

}  // namespace moneta
