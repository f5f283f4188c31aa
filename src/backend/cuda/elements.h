// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "backend/functors.h"
#include "backend/require.h"

namespace moneta::cuda {

/// Elements of one precision, chosen at run time: calls work with a null pointer to their type.
template <class Work>
void with_element(Precision precision, Work const& work) {
  if (precision == Precision::bf16) return work(static_cast<Bf16*>(nullptr));
  return work(static_cast<float*>(nullptr));
}

/// Rows of `width` elements in an array of `size`. Throws Error (device) if that is no whole
/// number.
inline std::size_t rows_of(char const* call, char const* name, std::size_t size,
                           std::size_t width) {
  require_multiple(call, name, size, width);
  return size / width;
}

}  // namespace moneta::cuda
