// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "backend/cuda/handles.h"
#include "backend/lstm.h"

namespace moneta::cuda {

/// One LSTM layer of cuDNN on the handle's stream, with the algorithm STANDARD or PERSIST_STATIC
/// according to shape.algorithm. With bf16, the gradients of activations are bf16; those of the
/// parameters are computed in bf16 for each call and summed in float32. The handle must outlive the
/// layer. Throws Error (device) if cuDNN does not support the algorithm for this shape.
std::unique_ptr<LstmLayer> make_cudnn_lstm(cudnnHandle_t handle, cudaStream_t stream,
                                           LstmShape const& shape);
/// The sizes of such a layer, as cuDNN reports them; for training, the larger of its algorithms.
LstmBytes cudnn_lstm_bytes(cudnnHandle_t handle, LstmShape const& shape);

}  // namespace moneta::cuda
