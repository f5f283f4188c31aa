// SPDX-License-Identifier: Apache-2.0
#include "model/gradient_parts.h"

#include <algorithm>

#include "model/memory.h"
#include "model/transformer_shape.h"

namespace moneta {

std::vector<GradientPart> gradient_parts(ForecasterShape const& shape) {
  std::vector<GradientPart> parts;
  std::size_t end = 0;
  for (std::size_t k = 0; k < shape.timeframes.size(); ++k) {
    for (std::size_t l = 0; l < shape.model.layers; ++l) {
      parts.push_back({end, layer_shape(shape, k, l).parameters()});
      end += parts.back().count;
    }
    if (shape.model.transformer.enabled) {
      parts.push_back({end, transformer_shape(shape, k).parameters()});
      end += parts.back().count;
    }
  }
  parts.push_back({end, make_layout(shape.model, timeframe_names(shape)).size - end});
  std::reverse(parts.begin(), parts.end());
  return parts;
}

}  // namespace moneta
