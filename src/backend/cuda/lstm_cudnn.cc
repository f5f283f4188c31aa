// SPDX-License-Identifier: Apache-2.0
#include "backend/cuda/lstm_cudnn.h"

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "backend/cuda/kernels.h"
#include "backend/cuda/lstm_plan.h"
#include "backend/cuda/memory.h"
#include "backend/lstm_arguments.h"
#include "base/error.h"

namespace moneta::cuda {
namespace {

class CudnnLstm : public LstmLayer {
 public:
  CudnnLstm(Streams& streams, LstmShape const& shape)
      : streams_(streams),
        shape_(shape),
        plan_(streams.compute_cudnn(), shape),
        bytes_(plan_.bytes(shape)),
        scratch_(plan_.scratch(shape)),
        is_persistent_(shape.algorithm == LstmAlgorithm::persistent),
        packed_weights_(aligned(plan_.weight_bytes)),
        layout_(plan_.weight_layout(streams.compute_cudnn(), shape, packed_weights_.data())) {
    // The columns for the padding of x are never written again.
    MONETA_CUDA(
        cudaMemsetAsync(packed_weights_.data(), 0, packed_weights_.bytes(), streams_.compute()));
  }

  void load_parameters(DeviceSpan<float const> parameters) override {
    check_load_parameters(shape_, parameters);
    with_element_type(shape_.precision, [&](auto* null) {
      using Element = std::remove_pointer_t<decltype(null)>;
      for_each_row(layout_.rows(), layout_.columns(),
                   WeightPacker<Element>{layout_, parameters.data(),
                                         static_cast<Element*>(packed_weights_.data())},
                   streams_.compute());
    });
  }

  void forward(Activations x, Activations y, DeviceSpan<std::byte> workspace,
               DeviceSpan<std::byte> scratch) override {
    check_lstm_forward(shape_, bytes_, x, y, workspace, scratch);
    (void)streams_.compute();  // cuDNN's calls follow both streams
    auto const mode = shape_.training ? CUDNN_FWD_MODE_TRAINING : CUDNN_FWD_MODE_INFERENCE;
    MONETA_CUDA(cudnnRNNForward(streams_.compute_cudnn(), plan_.rnn, mode, all_steps, plan_.x,
                                x.data, plan_.y, y.data, plan_.state, nullptr, nullptr, plan_.state,
                                nullptr, nullptr, plan_.weight_bytes, packed_weights_.data(),
                                plan_.work_bytes, scratch.data(), bytes_.workspace,
                                workspace.data()));
  }

  void backward(Activations x, Activations y, Activations dy, DeviceSpan<std::byte> workspace,
                DeviceSpan<std::byte> scratch, Activations dx,
                DeviceSpan<float> d_parameters) override {
    check_lstm_backward(shape_, bytes_, shape_.precision, x, y, dy, workspace, scratch, dx,
                        d_parameters);
    void* const d_input =
        shape_.input_gradient ? dx.data : static_cast<void*>(scratch.data() + scratch_.d_input);
    if (is_persistent_) {
      (void)streams_.compute();
    } else {
      (void)streams_.compute_writing({{d_input, dx_bytes(shape_)},
                                      {scratch.data(), plan_.work_bytes},
                                      {workspace.data(), bytes_.workspace}});
    }
    MONETA_CUDA(cudnnRNNBackwardData_v8(
        streams_.compute_cudnn(), plan_.rnn, all_steps, plan_.y, y.data, dy.data, plan_.x, d_input,
        plan_.state, nullptr, nullptr, nullptr, plan_.state, nullptr, nullptr, nullptr,
        plan_.weight_bytes, packed_weights_.data(), plan_.work_bytes, scratch.data(),
        bytes_.workspace, workspace.data()));
    add_weight_gradient(weight_streams(x, y, workspace, scratch, d_parameters), x, y, workspace,
                        scratch, d_parameters);
  }

 private:
  /// Of all windows; cuDNN 8.9.1 and newer take the lengths from the descriptor of x.
  static constexpr std::int32_t const* all_steps = nullptr;

  /// Where the gradient of the weights is computed. The blocks of a persistent kernel wait for each
  /// other, so all of them must fit onto the GPU at once: no other work may run next to them.
  Streams::Side weight_streams(Activations const& x, Activations const& y,
                               DeviceSpan<std::byte> workspace, DeviceSpan<std::byte> scratch,
                               DeviceSpan<float> d_parameters) {
    if (!shape_.overlap_weight_gradients || is_persistent_) {
      return {streams_.compute(), streams_.compute_cudnn()};
    }
    return streams_.side(
        {{x.data, x.size * element_bytes(x.precision)},
         {y.data, y.size * element_bytes(y.precision)},
         {workspace.data(), bytes_.workspace},
         {scratch.data() + scratch_.end_offset(scratch.size()), scratch_.end_bytes()},
         {d_parameters.data(), d_parameters.size() * sizeof(float)}});
  }

  void add_weight_gradient(Streams::Side on, Activations const& x, Activations const& y,
                           DeviceSpan<std::byte> workspace, DeviceSpan<std::byte> scratch,
                           DeviceSpan<float> d_parameters) {
    std::byte* const end = scratch.data() + scratch_.end_offset(scratch.size());
    std::byte* const work = shape_.overlap_weight_gradients ? end : scratch.data();
    std::byte* const d_weights = end + scratch_.weight_work_bytes;
    MONETA_CUDA(cudaMemsetAsync(d_weights, 0, plan_.weight_bytes, on.stream));
    MONETA_CUDA(cudnnRNNBackwardWeights_v8(on.cudnn, plan_.rnn, CUDNN_WGRAD_MODE_ADD, all_steps,
                                           plan_.x, x.data, plan_.state, nullptr, plan_.y, y.data,
                                           plan_.weight_bytes, d_weights, plan_.work_bytes, work,
                                           bytes_.workspace, workspace.data()));
    with_element_type(shape_.precision, [&](auto* null) {
      using Element = std::remove_pointer_t<decltype(null)>;
      for_each_row(layout_.rows(), layout_.columns(),
                   WeightGradientAdder<Element>{layout_, reinterpret_cast<Element*>(d_weights),
                                                d_parameters.data()},
                   on.stream);
    });
  }

  Streams& streams_;
  LstmShape shape_;
  LstmPlan plan_;
  LstmBytes bytes_;
  ScratchLayout scratch_;
  bool is_persistent_;
  CudaMemory packed_weights_;
  WeightLayout layout_;
};

LstmBytes bytes_of(cudnnHandle_t handle, LstmShape shape, LstmAlgorithm algorithm) {
  shape.algorithm = algorithm;
  return LstmPlan(handle, shape).bytes(shape);
}

}  // namespace

std::unique_ptr<LstmLayer> make_cudnn_lstm(Streams& streams, LstmShape const& shape) {
  check_lstm_shape(shape);
  return std::make_unique<CudnnLstm>(streams, shape);
}

LstmBytes cudnn_lstm_bytes(cudnnHandle_t handle, LstmShape const& shape,
                           bool may_become_persistent) {
  check_lstm_shape(shape);
  bool const both = may_become_persistent || shape.algorithm == LstmAlgorithm::persistent;
  LstmBytes bytes = bytes_of(handle, shape, LstmAlgorithm::standard);
  // Evaluation always uses the standard algorithm.
  if (!shape.training || !both) return bytes;
  try {
    LstmBytes const other = bytes_of(handle, shape, LstmAlgorithm::persistent);
    bytes.packed_weights = std::max(bytes.packed_weights, other.packed_weights);
    bytes.workspace = std::max(bytes.workspace, other.workspace);
    bytes.scratch = std::max(bytes.scratch, other.scratch);
  } catch (Error const&) {
    (void)cudaGetLastError();  // cuDNN does not support it for this shape
  }
  return bytes;
}

}  // namespace moneta::cuda
