// SPDX-License-Identifier: Apache-2.0
#include "plan/memory_options.h"

#include <vector>

#include "base/text.h"

namespace moneta {

std::string to_text(MemoryOptions const& options) {
  std::vector<char const*> parts;
  if (options.recompute.layers && options.recompute.timeframes) {
    parts.push_back("recompute layers and timeframes");
  } else if (options.recompute.layers) {
    parts.push_back("recompute layers");
  } else if (options.recompute.timeframes) {
    parts.push_back("recompute timeframes");
  }
  if (options.offload_inactive && options.offload_optimizer) {
    parts.push_back("offload inactive coins and moments");
  } else if (options.offload_inactive) {
    parts.push_back("offload inactive coins");
  } else if (options.offload_optimizer) {
    parts.push_back("offload moments");
  }
  if (options.share_model) parts.push_back("share one model");
  if (parts.empty()) parts.push_back("keep everything");
  if (options.overlap_weight_gradients) parts.push_back("overlap weight gradients");
  return joined(parts);
}

}  // namespace moneta
