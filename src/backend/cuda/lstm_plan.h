// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "backend/cuda/handles.h"
#include "backend/lstm.h"
#include "backend/weight_layout.h"

namespace moneta::cuda {

/// Division of the scratch of a layer. cuDNN's work space is at its beginning. What the gradient of
/// the weights needs is at its end, as far away as possible from the work spaces of other layers
/// with the same scratch, which may be in use at the same time.
struct ScratchLayout {
  std::size_t d_input = 0;  ///< offset of dx, which cuDNN always writes; without input_gradient
  std::size_t weight_work_bytes = 0;  ///< a work space of its own; with overlap_weight_gradients
  std::size_t d_weights_bytes = 0;    ///< the gradient of the packed weights
  std::size_t bytes = 0;              ///< of the whole scratch

  std::size_t end_bytes() const { return weight_work_bytes + d_weights_bytes; }
  /// Offset of that part in a scratch of `scratch_bytes`, which may be larger than `bytes`.
  std::size_t end_offset(std::size_t scratch_bytes) const;
};

/// The cuDNN descriptors of one layer, and the sizes that cuDNN reports for them.
struct LstmPlan {
  LstmPlan(cudnnHandle_t handle, LstmShape const& shape);

  /// How cuDNN arranges the parameters in its weight space at `space`, [weight_bytes] on the GPU.
  WeightLayout weight_layout(cudnnHandle_t handle, LstmShape const& shape, void* space) const;
  LstmBytes bytes(LstmShape const& shape) const;
  ScratchLayout scratch(LstmShape const& shape) const;

  DropoutDescriptor no_dropout;
  RnnDescriptor rnn;
  RnnDataDescriptor x, y;
  TensorDescriptor state;  ///< h and c [D,N,H]
  std::size_t weight_bytes = 0, work_bytes = 0, reserve_bytes = 0;
};

inline constexpr std::size_t alignment = 256;  // sufficient for the kernels of every library
/// `bytes` rounded up, so that the next array is aligned.
constexpr std::size_t aligned(std::size_t bytes) {
  return (bytes + alignment - 1) / alignment * alignment;
}

inline std::size_t dx_bytes(LstmShape const& shape) {
  return shape.steps * shape.batch * shape.inputs * element_bytes(shape.precision);
}

}  // namespace moneta::cuda
