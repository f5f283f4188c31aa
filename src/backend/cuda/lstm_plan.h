// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "backend/cuda/handles.h"
#include "backend/lstm.h"
#include "backend/weight_layout.h"

namespace moneta::cuda {

/// Offsets in the scratch of a layer. Work of the compute stream begins at 0.
struct ScratchLayout {
  std::size_t d_input = 0;      ///< dx, which cuDNN always writes; without shape.input_gradient
  std::size_t weight_work = 0;  ///< cuDNN's work space for the gradient of the weights
  std::size_t d_weights = 0;    ///< the gradient of the packed weights
  std::size_t bytes = 0;        ///< of the whole scratch
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

/// `bytes` rounded up, so that the next array is aligned for the kernels of every library.
constexpr std::size_t aligned(std::size_t bytes) { return (bytes + 255) / 256 * 256; }

inline std::size_t dx_bytes(LstmShape const& shape) {
  return shape.steps * shape.batch * shape.inputs * element_bytes(shape.precision);
}

}  // namespace moneta::cuda
