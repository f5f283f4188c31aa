// SPDX-License-Identifier: Apache-2.0
#include "backend/cuda/lstm_cudnn.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "backend/cuda/kernels.h"
#include "backend/cuda/lstm_plan.h"
#include "backend/cuda/memory.h"
#include "backend/cuda/persistent_benchmark.h"
#include "backend/lstm_arguments.h"
#include "base/error.h"

namespace moneta::cuda {
namespace {

class CudnnLstm : public LstmLayer {
 public:
  CudnnLstm(cudnnHandle_t handle, cudaStream_t stream, LstmShape const& shape)
      : handle_(handle),
        stream_(stream),
        shape_(shape),
        plan_(handle, shape),
        bytes_(plan_.bytes(shape)),
        packed_weights_(aligned(plan_.weight_bytes)),
        lengths_(aligned(shape.batch * sizeof(std::int32_t))),
        layout_(plan_.weight_layout(handle, shape, packed_weights_.data())) {
    // The columns for the padding of x are never written again.
    MONETA_CUDA(cudaMemsetAsync(packed_weights_.data(), 0, packed_weights_.bytes(), stream));
    std::vector<std::int32_t> const lengths(shape.batch, static_cast<std::int32_t>(shape.steps));
    MONETA_CUDA(cudaMemcpyAsync(lengths_.data(), lengths.data(),
                                lengths.size() * sizeof(std::int32_t), cudaMemcpyHostToDevice,
                                stream));
    MONETA_CUDA(cudaStreamSynchronize(stream));  // `lengths` is destroyed here
  }

  void load_parameters(DeviceSpan<float const> parameters) override {
    check_load_parameters(shape_, parameters);
    with_element_type(shape_.precision, [&](auto* null) {
      using Element = std::remove_pointer_t<decltype(null)>;
      for_each(parameters.size(),
               WeightPacker<Element>{layout_, parameters.data(),
                                     static_cast<Element*>(packed_weights_.data())},
               stream_);
    });
  }

  void forward(Activations x, Activations y, DeviceSpan<std::byte> workspace,
               DeviceSpan<std::byte> scratch) override {
    check_lstm_forward(shape_, bytes_, x, y, workspace, scratch);
    auto const mode = shape_.training ? CUDNN_FWD_MODE_TRAINING : CUDNN_FWD_MODE_INFERENCE;
    MONETA_CUDA(cudnnRNNForward(
        handle_, plan_.rnn, mode, lengths(), plan_.x, x.data, plan_.y, y.data, plan_.state, nullptr,
        nullptr, plan_.state, nullptr, nullptr, plan_.weight_bytes, packed_weights_.data(),
        plan_.work_bytes, scratch.data(), bytes_.workspace, workspace.data()));
  }

  void backward(Activations x, Activations y, Activations dy, DeviceSpan<std::byte> workspace,
                DeviceSpan<std::byte> scratch, Activations dx,
                DeviceSpan<float> d_parameters) override {
    check_lstm_backward(shape_, bytes_, shape_.precision, x, y, dy, workspace, scratch, dx,
                        d_parameters);
    std::byte* const d_weights = scratch.data() + aligned(plan_.work_bytes);
    void* const d_input = shape_.input_gradient ? dx.data : d_weights + aligned(plan_.weight_bytes);
    MONETA_CUDA(cudnnRNNBackwardData_v8(handle_, plan_.rnn, lengths(), plan_.y, y.data, dy.data,
                                        plan_.x, d_input, plan_.state, nullptr, nullptr, nullptr,
                                        plan_.state, nullptr, nullptr, nullptr, plan_.weight_bytes,
                                        packed_weights_.data(), plan_.work_bytes, scratch.data(),
                                        bytes_.workspace, workspace.data()));
    MONETA_CUDA(cudaMemsetAsync(d_weights, 0, plan_.weight_bytes, stream_));
    MONETA_CUDA(cudnnRNNBackwardWeights_v8(handle_, plan_.rnn, CUDNN_WGRAD_MODE_ADD, lengths(),
                                           plan_.x, x.data, plan_.state, nullptr, plan_.y, y.data,
                                           plan_.weight_bytes, d_weights, plan_.work_bytes,
                                           scratch.data(), bytes_.workspace, workspace.data()));
    with_element_type(shape_.precision, [&](auto* null) {
      using Element = std::remove_pointer_t<decltype(null)>;
      for_each(d_parameters.size(),
               WeightGradientAdder<Element>{layout_, reinterpret_cast<Element*>(d_weights),
                                            d_parameters.data()},
               stream_);
    });
  }

 private:
  std::int32_t const* lengths() { return static_cast<std::int32_t const*>(lengths_.data()); }

  cudnnHandle_t handle_;
  cudaStream_t stream_;
  LstmShape shape_;
  LstmPlan plan_;
  LstmBytes bytes_;
  CudaMemory packed_weights_, lengths_;
  WeightLayout layout_;
};

LstmBytes bytes_of(cudnnHandle_t handle, LstmShape shape, LstmAlgorithm algorithm) {
  shape.algorithm = algorithm;
  return LstmPlan(handle, shape).bytes(shape);
}

}  // namespace

std::unique_ptr<LstmLayer> make_cudnn_lstm(cudnnHandle_t handle, cudaStream_t stream,
                                           LstmShape const& shape) {
  check_lstm_shape(shape);
  return std::make_unique<CudnnLstm>(handle, stream, shape);
}

LstmBytes cudnn_lstm_bytes(cudnnHandle_t handle, LstmShape const& shape) {
  check_lstm_shape(shape);
  LstmBytes bytes = bytes_of(handle, shape, LstmAlgorithm::standard);
  // Evaluation always uses the standard algorithm.
  if (!shape.training || !why_not_persistent(shape).empty()) return bytes;
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
