// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "backend/cpu/memory.h"
#include "backend/lstm.h"

namespace moneta::cpu {

/// Hands out arrays of floats one after the other, each on a 64-byte boundary of `block`. Without
/// a block it only counts: the bytes that are planned are the bytes that are used.
class BumpAllocator {
 public:
  BumpAllocator() = default;
  explicit BumpAllocator(void* block) : block_(static_cast<float*>(block)) {}

  float* take(std::size_t count) {
    std::size_t const at = used_;
    used_ += aligned_bytes(count * sizeof(float)) / sizeof(float);
    return block_ == nullptr ? nullptr : block_ + at;
  }
  std::size_t bytes() const { return used_ * sizeof(float); }

 private:
  float* block_ = nullptr;
  std::size_t used_ = 0;
};

/// How many panels of 16 columns `columns` take.
std::size_t panel_count(std::size_t columns);

/// `to` [panel][depth][16] = `from` [depth, columns] with rows `stride` apart, zeros beyond the
/// columns, and zeros in the rows outside of [first, last). `from` is the row `first`.
void pack_panels(std::size_t depth, std::size_t first, std::size_t last, std::size_t columns,
                 float const* from, std::size_t stride, float* to);

/// The weights of one direction in the panels that lstm_kernels.h reads.
struct LstmPanels {
  float *input, *recurrent, *bias;     ///< forward: per 16 units and gate
  float *input_back, *recurrent_back;  ///< backward: W as it lies; null without training

  static LstmPanels carve(BumpAllocator& carver, LstmShape const& shape);
};

/// Packs the parameters of all directions into `panels` [directions].
void pack_parameters(LstmShape const& shape, std::size_t threads, float const* parameters,
                     LstmPanels const* panels);

}  // namespace moneta::cpu
