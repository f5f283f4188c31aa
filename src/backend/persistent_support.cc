// SPDX-License-Identifier: Apache-2.0
#include "backend/persistent_support.h"

#include "base/error.h"

namespace moneta {
namespace {

/// PyTorch does not use the algorithm on compute capability 8.6, where it fails in ways that are
/// hard to detect, nor on GPUs with fewer than 98 multiprocessors, which its kernels may not fit on
/// (aten/src/ATen/native/cudnn/RNN.cpp). The related capabilities 8.7 and 8.9 are excluded here
/// too.
std::string why_not_on(GpuInfo const& gpu) {
  constexpr std::size_t fewest_multiprocessors = 98;
  if (gpu.major == 8 && gpu.minor != 0) {
    return fmt::format("it is not reliable on compute capability {}.{}", gpu.major, gpu.minor);
  }
  if (gpu.multiprocessors < fewest_multiprocessors) {
    return fmt::format("its kernels need {} multiprocessors, and this GPU has {}",
                       fewest_multiprocessors, gpu.multiprocessors);
  }
  return "";
}

}  // namespace

std::string why_not_persistent(LstmShape const& shape, GpuInfo const& gpu) {
  constexpr std::size_t most_hidden = 1024, hidden_unit = 128, tile = 8;
  bool const known = shape.hidden <= most_hidden && shape.hidden % hidden_unit == 0 &&
                     shape.inputs % tile == 0 && shape.batch % tile == 0;
  if (known) return why_not_on(gpu);
  return fmt::format(
      "its kernels need H up to {} in multiples of {}, and inputs and windows in multiples of {}",
      most_hidden, hidden_unit, tile);
}

}  // namespace moneta
