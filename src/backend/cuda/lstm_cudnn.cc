// SPDX-License-Identifier: Apache-2.0
#include "backend/cuda/lstm_cudnn.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "backend/cuda/kernels.h"
#include "backend/cuda/lstm_plan.h"
#include "backend/cuda/memory.h"
#include "backend/cuda/persistent_benchmark.h"
#include "backend/require.h"
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
        weights_(aligned(plan_.weight_bytes)),
        lengths_(aligned(shape.batch * sizeof(std::int32_t))),
        places_(plan_.places(handle, shape, weights_.data())) {
    // Also the columns that belong to the padding of x: they stay 0.
    MONETA_CUDA(cudaMemsetAsync(weights_.data(), 0, weights_.bytes(), stream));
    std::vector<std::int32_t> const lengths(shape.batch, static_cast<std::int32_t>(shape.steps));
    MONETA_CUDA(cudaMemcpyAsync(lengths_.data(), lengths.data(),
                                lengths.size() * sizeof(std::int32_t), cudaMemcpyHostToDevice,
                                stream));
    MONETA_CUDA(cudaStreamSynchronize(stream));  // `lengths` ends here
  }

  void load_parameters(DeviceSpan<float const> parameters) override {
    require_size("LstmLayer::load_parameters", "parameters", parameters.size(),
                 shape_.parameters());
    with_element([&](auto* null) {
      using Element = std::remove_pointer_t<decltype(null)>;
      for_each(
          parameters.size(),
          WeightPacker<Element>{places_, parameters.data(), static_cast<Element*>(weights_.data())},
          stream_);
    });
  }

  void forward(Activations x, Activations y, DeviceSpan<std::byte> workspace,
               DeviceSpan<std::byte> scratch) override {
    check("LstmLayer::forward", x, y, workspace, scratch);
    auto const mode = shape_.training ? CUDNN_FWD_MODE_TRAINING : CUDNN_FWD_MODE_INFERENCE;
    MONETA_CUDA(cudnnRNNForward(handle_, plan_.rnn, mode, lengths(), plan_.x, x.data, plan_.y,
                                y.data, plan_.state, nullptr, nullptr, plan_.state, nullptr,
                                nullptr, plan_.weight_bytes, weights_.data(), plan_.work_bytes,
                                scratch.data(), bytes_.workspace, workspace.data()));
  }

  void backward(Activations x, Activations y, Activations dy, DeviceSpan<std::byte> workspace,
                DeviceSpan<std::byte> scratch, Activations dx,
                DeviceSpan<float> d_parameters) override {
    char const* const call = "LstmLayer::backward";
    require_training(call, shape_);
    check(call, x, y, workspace, scratch);
    require_activations(call, "dy", dy, y.size, shape_.precision);
    require_input_gradient(call, shape_, dx, shape_.precision);
    require_size(call, "d_parameters", d_parameters.size(), shape_.parameters());
    std::byte* const d_weights = scratch.data() + aligned(plan_.work_bytes);
    void* const d_input = shape_.input_gradient ? dx.data : d_weights + aligned(plan_.weight_bytes);
    MONETA_CUDA(cudnnRNNBackwardData_v8(
        handle_, plan_.rnn, lengths(), plan_.y, y.data, dy.data, plan_.x, d_input, plan_.state,
        nullptr, nullptr, nullptr, plan_.state, nullptr, nullptr, nullptr, plan_.weight_bytes,
        weights_.data(), plan_.work_bytes, scratch.data(), bytes_.workspace, workspace.data()));
    MONETA_CUDA(cudaMemsetAsync(d_weights, 0, plan_.weight_bytes, stream_));
    MONETA_CUDA(cudnnRNNBackwardWeights_v8(handle_, plan_.rnn, CUDNN_WGRAD_MODE_ADD, lengths(),
                                           plan_.x, x.data, plan_.state, nullptr, plan_.y, y.data,
                                           plan_.weight_bytes, d_weights, plan_.work_bytes,
                                           scratch.data(), bytes_.workspace, workspace.data()));
    with_element([&](auto* null) {
      using Element = std::remove_pointer_t<decltype(null)>;
      for_each(d_parameters.size(),
               WeightGradientAdder<Element>{places_, reinterpret_cast<Element*>(d_weights),
                                            d_parameters.data()},
               stream_);
    });
  }

 private:
  /// Calls work with a null pointer to the element type of the layer.
  template <class Work>
  void with_element(Work const& work) const {
    if (shape_.precision == Precision::bf16) return work(static_cast<Bf16*>(nullptr));
    return work(static_cast<float*>(nullptr));
  }

  void check(char const* call, Activations const& x, Activations const& y,
             DeviceSpan<std::byte> workspace, DeviceSpan<std::byte> scratch) const {
    std::size_t const rows = shape_.steps * shape_.batch;
    require_activations(call, "x", x, rows * shape_.inputs, shape_.precision);
    require_activations(call, "y", y, rows * shape_.outputs(), shape_.precision);
    require_bytes(call, "workspace", workspace.size(), bytes_.workspace);
    require_bytes(call, "scratch", scratch.size(), bytes_.scratch);
  }

  std::int32_t const* lengths() { return static_cast<std::int32_t const*>(lengths_.data()); }

  cudnnHandle_t handle_;
  cudaStream_t stream_;
  LstmShape shape_;
  LstmPlan plan_;
  LstmBytes bytes_;
  CudaMemory weights_, lengths_;
  WeightLayout places_;
};

LstmBytes bytes_by(cudnnHandle_t handle, LstmShape shape, LstmAlgorithm algorithm) {
  shape.algorithm = algorithm;
  return LstmPlan(handle, shape).bytes(shape);
}

}  // namespace

std::unique_ptr<LstmLayer> make_cudnn_lstm(cudnnHandle_t handle, cudaStream_t stream,
                                           LstmShape const& shape) {
  require_shape(shape);
  return std::make_unique<CudnnLstm>(handle, stream, shape);
}

LstmBytes cudnn_lstm_bytes(cudnnHandle_t handle, LstmShape const& shape) {
  require_shape(shape);
  LstmBytes bytes = bytes_by(handle, shape, LstmAlgorithm::standard);
  // Evaluation is always by the standard algorithm.
  if (!shape.training || !why_not_persistent(shape).empty()) return bytes;
  try {
    LstmBytes const other = bytes_by(handle, shape, LstmAlgorithm::persistent);
    bytes.engine = std::max(bytes.engine, other.engine);
    bytes.workspace = std::max(bytes.workspace, other.workspace);
    bytes.scratch = std::max(bytes.scratch, other.scratch);
  } catch (Error const&) {
    (void)cudaGetLastError();  // cuDNN does not offer it
  }
  return bytes;
}

}  // namespace moneta::cuda
