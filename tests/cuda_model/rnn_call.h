// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "cuda_model/cudnn_model.h"

namespace cuda_model {

/// The arguments that the three calls share.
struct RnnCall {
  char const* name;  ///< a literal
  cudnnHandle_t handle;
  cudnnRNNDescriptor_t rnn;
  std::int32_t const* lengths;
  cudnnRNNDataDescriptor_t x, y;
  std::size_t weight_bytes;
  void const* weights;
  std::size_t work_bytes;
  void* work;
  std::size_t reserve_bytes;
  void* reserve;
  bool is_training;
};

/// A state of the layer that a call got; `data` may be null.
struct State {
  char const* what;
  cudnnTensorDescriptor_t descriptor;
  void const* data;
};

/// What cuDNN would refuse: missing or different descriptors, states of another shape, layers that
/// it does not support, spaces that are too small. Misuse of what does not exist.
Refusal check_call(RnnCall const& call, std::vector<State> const& states);

}  // namespace cuda_model
