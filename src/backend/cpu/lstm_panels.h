// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "backend/cpu/memory.h"
#include "backend/lstm.h"

namespace moneta::cpu {

/// Allocates arrays of floats one after the other in `block`, each aligned to 64 bytes. Without a
/// block it only counts, so that planning and allocation use the same code.
class BumpAllocator {
 public:
  BumpAllocator() = default;
  explicit BumpAllocator(void* block) : block_(static_cast<float*>(block)) {}

  float* take(std::size_t count) {
    std::size_t const offset = used_;
    used_ += aligned_bytes(count * sizeof(float)) / sizeof(float);
    return block_ == nullptr ? nullptr : block_ + offset;
  }
  std::size_t bytes() const { return used_ * sizeof(float); }

 private:
  float* block_ = nullptr;
  std::size_t used_ = 0;
};

/// Number of panels of 16 columns for `columns` columns.
std::size_t panel_count(std::size_t columns);

/// Packs a matrix [depth, columns] into `to` [panel][depth][16], with zeros beyond the last column
/// and in the rows outside of [first, last). `from` points to row `first`; rows are `stride` apart.
void pack_panels(std::size_t depth, std::size_t first, std::size_t last, std::size_t columns,
                 float const* from, std::size_t stride, float* to);

/// The weights of one direction in the panels of lstm_kernels.h.
struct LstmPanels {
  float *input, *recurrent, *bias;     ///< forward: per 16 units and gate
  float *input_back, *recurrent_back;  ///< backward: W not transposed; null without training

  static LstmPanels take(BumpAllocator& allocator, LstmShape const& shape);
};

/// Packs the parameters of all directions into panels [D].
void pack_parameters(LstmShape const& shape, std::size_t threads, float const* parameters,
                     LstmPanels const* panels);

}  // namespace moneta::cpu
