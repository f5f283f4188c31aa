// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "backend/cuda/handles.h"
#include "backend/lstm.h"

namespace moneta::cuda {

/// One LSTM layer of cuDNN's STANDARD algorithm on the handle's stream. x and y lie time-major as
/// backend/lstm.h says; with bf16 the gradients of activations are bf16, those of the parameters
/// are computed in bf16 per call and summed in float32. The handle must outlive the layer.
std::unique_ptr<LstmLayer> make_cudnn_lstm(cudnnHandle_t handle, cudaStream_t stream,
                                           LstmShape const& shape);
/// What such a layer takes, asked from cuDNN.
LstmBytes cudnn_lstm_bytes(cudnnHandle_t handle, LstmShape const& shape);

}  // namespace moneta::cuda
