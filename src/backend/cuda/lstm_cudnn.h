// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "backend/cuda/handles.h"
#include "backend/lstm.h"

namespace moneta::cuda {

/// One LSTM layer of cuDNN on the handle's stream, by STANDARD or PERSIST_STATIC as
/// shape.algorithm says; throws Error (device) if cuDNN does not offer that. x and y lie time-major
/// as backend/lstm.h says; with bf16 the gradients of activations are bf16, those of the parameters
/// are computed in bf16 per call and summed in float32. The handle must outlive the layer.
std::unique_ptr<LstmLayer> make_cudnn_lstm(cudnnHandle_t handle, cudaStream_t stream,
                                           LstmShape const& shape);
/// What such a layer takes, asked from cuDNN: for training the larger of what its algorithms take.
LstmBytes cudnn_lstm_bytes(cudnnHandle_t handle, LstmShape const& shape);

}  // namespace moneta::cuda
