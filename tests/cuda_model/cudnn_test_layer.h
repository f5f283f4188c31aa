// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime_api.h>
#include <cudnn.h>
#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "cuda_model/lstm_test_layer.h"

namespace cuda_model {

/// The arguments of cudnnSetRNNDescriptor_v8 and the sizes of a sequence.
struct RnnArguments {
  cudnnRNNAlgo_t algorithm = CUDNN_RNN_ALGO_STANDARD;
  cudnnRNNMode_t cell = CUDNN_LSTM;
  cudnnRNNBiasMode_t bias = CUDNN_RNN_SINGLE_INP_BIAS;
  cudnnDirectionMode_t direction = CUDNN_BIDIRECTIONAL;
  cudnnRNNInputMode_t input_mode = CUDNN_LINEAR_INPUT;
  cudnnDataType_t type = CUDNN_DATA_FLOAT, precision = CUDNN_DATA_FLOAT;
  cudnnMathType_t math = CUDNN_DEFAULT_MATH;
  int inputs = 8, hidden = 16, projection = 16, layers = 1;
  unsigned flags = CUDNN_RNN_PADDED_IO_ENABLED;
  int steps = 4, batch = 8;
};

/// Device memory of float32. Tests change `data` to pass another address.
class DeviceArray {
 public:
  DeviceArray() = default;
  DeviceArray(DeviceArray const&) = delete;
  DeviceArray& operator=(DeviceArray const&) = delete;
  ~DeviceArray() { EXPECT_EQ(cudaFree(owned_), cudaSuccess); }

  void allocate(std::size_t wanted) {
    bytes = wanted;
    ASSERT_EQ(cudaMalloc(&owned_, bytes), cudaSuccess);
    data = owned_;
  }

  void* data = nullptr;
  std::size_t bytes = 0;

 private:
  void* owned_ = nullptr;
};

/// A float32 layer with its own handle and stream. Tests change its members to provoke refusals.
struct DeviceLayer {
  DeviceLayer() {
    EXPECT_EQ(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), cudaSuccess);
    EXPECT_EQ(cudnnCreate(&handle), CUDNN_STATUS_SUCCESS);
    EXPECT_EQ(cudnnSetStream(handle, stream), CUDNN_STATUS_SUCCESS);
    EXPECT_EQ(cudnnCreateRNNDescriptor(&rnn), CUDNN_STATUS_SUCCESS);
    EXPECT_EQ(cudnnCreateRNNDataDescriptor(&x_data), CUDNN_STATUS_SUCCESS);
    EXPECT_EQ(cudnnCreateRNNDataDescriptor(&y_data), CUDNN_STATUS_SUCCESS);
    EXPECT_EQ(cudnnCreateTensorDescriptor(&state), CUDNN_STATUS_SUCCESS);
    used_handle = handle;
    own_state_ = state;
  }
  explicit DeviceLayer(RnnArguments const& wanted) : DeviceLayer() {
    EXPECT_EQ(describe(wanted), CUDNN_STATUS_SUCCESS);
    EXPECT_EQ(ask_sizes(), CUDNN_STATUS_SUCCESS);
    LstmSpec const of = spec();
    std::size_t const rows = of.steps * of.batch * sizeof(float);
    x.allocate(rows * of.inputs), dx.allocate(rows * of.inputs);
    y.allocate(rows * of.outputs()), dy.allocate(rows * of.outputs());
    hy.allocate(of.state_count() * sizeof(float));
    weights.allocate(weight_bytes), d_weights.allocate(weight_bytes);
    work.allocate(work_bytes), reserve.allocate(reserve_bytes);
    EXPECT_EQ(cudaMemsetAsync(d_weights.data, 0, weight_bytes, stream), cudaSuccess);
  }

  DeviceLayer(DeviceLayer const&) = delete;
  DeviceLayer& operator=(DeviceLayer const&) = delete;
  ~DeviceLayer() {
    wait();
    EXPECT_EQ(cudnnDestroyTensorDescriptor(own_state_), CUDNN_STATUS_SUCCESS);
    EXPECT_EQ(cudnnDestroyRNNDataDescriptor(y_data), CUDNN_STATUS_SUCCESS);
    EXPECT_EQ(cudnnDestroyRNNDataDescriptor(x_data), CUDNN_STATUS_SUCCESS);
    EXPECT_EQ(cudnnDestroyRNNDescriptor(rnn), CUDNN_STATUS_SUCCESS);
    EXPECT_EQ(cudnnDestroy(handle), CUDNN_STATUS_SUCCESS);
    EXPECT_EQ(cudaStreamDestroy(stream), cudaSuccess);
  }

  LstmSpec spec() const {
    auto const size = [](int value) { return static_cast<std::size_t>(value); };
    return {size(arguments.steps),
            size(arguments.batch),
            size(arguments.inputs),
            size(arguments.hidden),
            arguments.direction == CUDNN_BIDIRECTIONAL ? std::size_t{2} : std::size_t{1},
            FloatFormat::f32,
            true,
            arguments.bias == CUDNN_RNN_DOUBLE_BIAS};
  }

  cudnnStatus_t describe(RnnArguments const& wanted) {
    arguments = wanted;
    return cudnnSetRNNDescriptor_v8(rnn, wanted.algorithm, wanted.cell, wanted.bias,
                                    wanted.direction, wanted.input_mode, wanted.type,
                                    wanted.precision, wanted.math, wanted.inputs, wanted.hidden,
                                    wanted.projection, wanted.layers, nullptr, wanted.flags);
  }
  /// Describes x with other sizes than those of the layer.
  void describe_x(int more_steps, int more_batch, int more_width) {
    describe_data(x_data, arguments.steps + more_steps, arguments.batch + more_batch,
                  arguments.inputs + more_width);
  }
  void describe_state(int more_hidden) {
    std::array<int, 3> const dims{static_cast<int>(spec().directions), arguments.batch,
                                  arguments.hidden + more_hidden};
    std::array<int, 3> const strides{dims[1] * dims[2], dims[2], 1};
    EXPECT_EQ(cudnnSetTensorNdDescriptor(state, arguments.type, 3, dims.data(), strides.data()),
              CUDNN_STATUS_SUCCESS);
  }
  cudnnStatus_t ask_sizes() {
    describe_x(0, 0, 0);
    describe_data(y_data, arguments.steps, arguments.batch,
                  arguments.hidden * static_cast<int>(spec().directions));
    describe_state(0);
    EXPECT_EQ(cudnnGetRNNWeightSpaceSize(handle, rnn, &weight_bytes), CUDNN_STATUS_SUCCESS);
    return cudnnGetRNNTempSpaceSizes(handle, rnn, CUDNN_FWD_MODE_TRAINING, x_data, &work_bytes,
                                     &reserve_bytes);
  }

  void load(HostLayer const& host) { put(x, host.x), put(weights, host.weights), put(dy, host.dy); }
  void overwrite(DeviceArray const& array) {
    EXPECT_EQ(cudaMemsetAsync(array.data, 1, 4, stream), cudaSuccess);
  }
  /// What the array contains after all that the stream holds.
  std::vector<float> read(DeviceArray const& array) const {
    std::vector<float> values(array.bytes / sizeof(float));
    EXPECT_EQ(
        cudaMemcpyAsync(values.data(), array.data, array.bytes, cudaMemcpyDeviceToHost, stream),
        cudaSuccess);
    EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
    return values;
  }
  void wait() { EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess); }
  /// Lets this stream wait for what the other layer's holds now.
  void wait_for(DeviceLayer const& other) {
    cudaEvent_t event = nullptr;
    EXPECT_EQ(cudaEventCreateWithFlags(&event, cudaEventDisableTiming), cudaSuccess);
    EXPECT_EQ(cudaEventRecord(event, other.stream), cudaSuccess);
    EXPECT_EQ(cudaStreamWaitEvent(stream, event, 0), cudaSuccess);
    EXPECT_EQ(cudaEventDestroy(event), cudaSuccess);
  }

  cudnnStatus_t forward() {
    return cudnnRNNForward(used_handle, rnn, CUDNN_FWD_MODE_TRAINING, nullptr, x_data, x.data,
                           y_data, y.data, state, nullptr, wants_states ? hy.data : nullptr, state,
                           nullptr, nullptr, weight_bytes, weights.data, work_bytes, work.data,
                           reserve_bytes, reserve.data);
  }
  cudnnStatus_t backward_data() {
    return cudnnRNNBackwardData_v8(used_handle, rnn, nullptr, y_data, y.data, dy.data, x_data,
                                   dx.data, state, nullptr, nullptr, nullptr, state, nullptr,
                                   nullptr, nullptr, weight_bytes, weights.data, work_bytes,
                                   work.data, reserve_bytes, reserve.data);
  }
  cudnnStatus_t backward_weights() {
    return cudnnRNNBackwardWeights_v8(used_handle, rnn, mode, nullptr, x_data, x.data, state,
                                      nullptr, y_data, y.data, weight_bytes, d_weights.data,
                                      work_bytes, work.data, reserve_bytes, reserve.data);
  }
  /// A forward and a backward pass; the first status that is no success.
  cudnnStatus_t run() {
    for (cudnnStatus_t const status : {forward(), backward_data(), backward_weights()}) {
      if (status != CUDNN_STATUS_SUCCESS) return status;
    }
    return CUDNN_STATUS_SUCCESS;
  }

  RnnArguments arguments;
  cudaStream_t stream = nullptr;
  cudnnHandle_t handle = nullptr, used_handle = nullptr;
  cudnnRNNDescriptor_t rnn = nullptr;
  cudnnRNNDataDescriptor_t x_data = nullptr, y_data = nullptr;
  cudnnTensorDescriptor_t state = nullptr;
  cudnnWgradMode_t mode = CUDNN_WGRAD_MODE_ADD;
  bool wants_states = false;  ///< whether the forward pass gets hy
  std::size_t weight_bytes = 0, work_bytes = 0, reserve_bytes = 0;
  DeviceArray x, y, dy, dx, hy, weights, d_weights, work, reserve;

 private:
  void describe_data(cudnnRNNDataDescriptor_t data, int steps, int batch, int width) const {
    std::vector<int> const lengths(static_cast<std::size_t>(batch), steps);
    EXPECT_EQ(
        cudnnSetRNNDataDescriptor(data, arguments.type, CUDNN_RNN_DATA_LAYOUT_SEQ_MAJOR_UNPACKED,
                                  steps, batch, width, lengths.data(), nullptr),
        CUDNN_STATUS_SUCCESS);
  }
  void put(DeviceArray const& to, HostArray const& from) const {
    EXPECT_EQ(cudaMemcpyAsync(to.data, from.bytes().data(), from.bytes().size(),
                              cudaMemcpyHostToDevice, stream),
              cudaSuccess);
    EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
  }

  cudnnTensorDescriptor_t own_state_ = nullptr;
};

}  // namespace cuda_model
