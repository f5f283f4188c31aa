// SPDX-License-Identifier: Apache-2.0
#include "backend/cuda/lstm_plan.h"

#include <array>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"

namespace moneta::cuda {
namespace {

std::string sizes_of(LstmShape const& s) {
  return fmt::format("an LSTM layer of T {}, N {}, {} inputs, H {}, D {}, {}, {}", s.steps, s.batch,
                     s.inputs, s.hidden, s.directions, to_string(s.precision),
                     to_string(s.algorithm));
}

/// cuDNN's sizes are ints.
int as_int(std::size_t value, LstmShape const& shape) {
  MONETA_REQUIRE(value > 0 && value <= std::numeric_limits<int>::max(), device,
                 "cuDNN cannot create {} ({} does not fit into an int)", sizes_of(shape), value);
  return static_cast<int>(value);
}

cudnnRNNAlgo_t algorithm(LstmShape const& shape) {
  return shape.algorithm == LstmAlgorithm::persistent ? CUDNN_RNN_ALGO_PERSIST_STATIC
                                                      : CUDNN_RNN_ALGO_STANDARD;
}

/// cuDNN supports the persistent algorithm only with two biases per gate. The second one, for the
/// recurrent matrices, stays 0.
cudnnRNNBiasMode_t bias_mode(LstmShape const& shape) {
  return shape.algorithm == LstmAlgorithm::persistent ? CUDNN_RNN_DOUBLE_BIAS
                                                      : CUDNN_RNN_SINGLE_INP_BIAS;
}

cudnnDataType_t data_type(Precision precision) {
  switch (precision) {
    case Precision::bf16:
      return CUDNN_DATA_BFLOAT16;
    case Precision::fp16:
      return CUDNN_DATA_HALF;
    case Precision::f32:
    case Precision::tf32:
      break;
  }
  return CUDNN_DATA_FLOAT;
}

/// Matrix units are named explicitly for 16-bit data: older versions of cuDNN do not use them by
/// default. For float32 data the default is TF32.
cudnnMathType_t math_type(Precision precision) {
  switch (precision) {
    case Precision::bf16:
    case Precision::fp16:
      return CUDNN_TENSOR_OP_MATH;
    case Precision::tf32:
      return CUDNN_DEFAULT_MATH;
    case Precision::f32:
      break;
  }
  return CUDNN_FMA_MATH;
}

RnnDataDescriptor sequence(LstmShape const& shape, std::size_t width) {
  RnnDataDescriptor made = make_rnn_data_descriptor();
  std::vector<int> const lengths(shape.batch, as_int(shape.steps, shape));
  MONETA_CUDA(cudnnSetRNNDataDescriptor(made, data_type(shape.precision),
                                        CUDNN_RNN_DATA_LAYOUT_SEQ_MAJOR_UNPACKED,
                                        as_int(shape.steps, shape), as_int(shape.batch, shape),
                                        as_int(width, shape), lengths.data(), nullptr),
              sizes_of(shape));
  return made;
}

/// Index in `space` of the first element of a dense matrix or bias [rows, columns].
std::size_t element_offset(cudnnTensorDescriptor_t descriptor, void const* address,
                           void const* space, std::size_t rows, std::size_t columns,
                           LstmShape const& shape) {
  cudnnDataType_t type{};
  int count = 0;
  std::array<int, 3> dims{}, strides{};
  MONETA_CUDA(
      cudnnGetTensorNdDescriptor(descriptor, 3, &type, &count, dims.data(), strides.data()));
  bool const dense = count == 3 && strides[2] == 1 && type == data_type(shape.precision) &&
                     (columns == 1 || strides[1] == static_cast<int>(columns)) &&
                     static_cast<std::size_t>(dims[0]) * static_cast<std::size_t>(dims[1]) *
                             static_cast<std::size_t>(dims[2]) ==
                         rows * columns;
  MONETA_REQUIRE(
      dense && address != nullptr, device,
      "cuDNN stores the weights of {} in a layout that this program does not support. Use cuDNN 9, or set device.kind=cpu?",
      sizes_of(shape));
  auto const bytes = static_cast<std::size_t>(static_cast<std::byte const*>(address) -
                                              static_cast<std::byte const*>(space));
  return bytes / element_bytes(shape.precision);
}

}  // namespace

LstmPlan::LstmPlan(cudnnHandle_t handle, LstmShape const& shape)
    : no_dropout(make_dropout_descriptor()),
      rnn(make_rnn_descriptor()),
      x(sequence(shape, shape.inputs)),
      y(sequence(shape, shape.outputs())),
      state(make_tensor_descriptor()) {
  std::string const sizes = sizes_of(shape);
  MONETA_CUDA(cudnnSetDropoutDescriptor(no_dropout, handle, 0.0f, nullptr, 0, 0), sizes);
  int const hidden = as_int(shape.hidden, shape), inputs = as_int(shape.inputs, shape);
  MONETA_CUDA(
      cudnnSetRNNDescriptor_v8(rnn, algorithm(shape), CUDNN_LSTM, bias_mode(shape),
                               shape.directions == 2 ? CUDNN_BIDIRECTIONAL : CUDNN_UNIDIRECTIONAL,
                               CUDNN_LINEAR_INPUT, data_type(shape.precision), CUDNN_DATA_FLOAT,
                               math_type(shape.precision), inputs, hidden, hidden, 1, no_dropout,
                               CUDNN_RNN_PADDED_IO_ENABLED),
      sizes);
  std::array<int, 3> const dims{as_int(shape.directions, shape), as_int(shape.batch, shape),
                                hidden};
  std::array<int, 3> const strides{dims[1] * dims[2], dims[2], 1};
  MONETA_CUDA(
      cudnnSetTensorNdDescriptor(state, data_type(shape.precision), 3, dims.data(), strides.data()),
      sizes);
  MONETA_CUDA(cudnnGetRNNWeightSpaceSize(handle, rnn, &weight_bytes), sizes);
  auto const mode = shape.training ? CUDNN_FWD_MODE_TRAINING : CUDNN_FWD_MODE_INFERENCE;
  MONETA_CUDA(cudnnGetRNNTempSpaceSizes(handle, rnn, mode, x, &work_bytes, &reserve_bytes), sizes);
}

WeightLayout LstmPlan::weight_layout(cudnnHandle_t handle, LstmShape const& shape,
                                     void* space) const {
  WeightLayout layout;
  layout.hidden = shape.hidden, layout.inputs = shape.inputs;
  layout.weight_inputs = shape.weight_inputs, layout.directions = shape.directions;
  TensorDescriptor const matrix = make_tensor_descriptor(), bias = make_tensor_descriptor();
  for (std::size_t d = 0; d < shape.directions; ++d) {
    for (std::size_t id = 0; id < 8; ++id) {  // 0 to 3: input i, f, g, o; 4 to 7: recurrent
      void *matrix_at = nullptr, *bias_at = nullptr;
      MONETA_CUDA(cudnnGetRNNWeightParams(handle, rnn, static_cast<std::int32_t>(d), weight_bytes,
                                          space, static_cast<std::int32_t>(id), matrix, &matrix_at,
                                          bias, &bias_at));
      std::size_t const gate = id % 4, columns = id < 4 ? shape.inputs : shape.hidden;
      auto& offsets = id < 4 ? layout.input : layout.recurrent;
      offsets[d][gate] = element_offset(matrix, matrix_at, space, shape.hidden, columns, shape);
      if (id < 4)
        layout.bias[d][gate] = element_offset(bias, bias_at, space, shape.hidden, 1, shape);
    }
  }
  return layout;
}

LstmBytes LstmPlan::bytes(LstmShape const& shape) const {
  LstmBytes bytes;
  bytes.packed_weights = aligned(weight_bytes);
  bytes.workspace = shape.training ? reserve_bytes : 0;
  ScratchLayout const layout = scratch(shape);
  bytes.scratch = layout.bytes;
  return bytes;
}

ScratchLayout LstmPlan::scratch(LstmShape const& shape) const {
  ScratchLayout layout;
  layout.bytes = aligned(work_bytes);
  if (!shape.training) return layout;
  if (!shape.input_gradient) {
    layout.d_input = std::exchange(layout.bytes, layout.bytes + aligned(dx_bytes(shape)));
  }
  if (shape.overlap_weight_gradients) layout.weight_work_bytes = aligned(work_bytes);
  layout.d_weights_bytes = aligned(weight_bytes);
  layout.bytes += layout.end_bytes();
  return layout;
}

std::size_t ScratchLayout::end_offset(std::size_t scratch_bytes) const {
  return (scratch_bytes - end_bytes()) / alignment * alignment;
}

}  // namespace moneta::cuda
