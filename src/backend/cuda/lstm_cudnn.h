// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "backend/cuda/streams.h"
#include "backend/lstm.h"

namespace moneta::cuda {

/// One LSTM layer of cuDNN, with the algorithm STANDARD or PERSIST_STATIC according to
/// shape.algorithm. In a 16-bit precision, the gradients of activations have 16 bits; those of the
/// parameters are computed in 16 bits for each call and summed in float32. The streams must outlive
/// the layer. Throws Error (device) if cuDNN does not support the algorithm for this shape.
std::unique_ptr<LstmLayer> make_cudnn_lstm(Streams& streams, LstmShape const& shape);
/// The sizes of such a layer, as cuDNN reports them. For training, the larger ones of both
/// algorithms if the layer has the persistent one or `may_become_persistent`.
LstmBytes cudnn_lstm_bytes(cudnnHandle_t handle, LstmShape const& shape,
                           bool may_become_persistent);

}  // namespace moneta::cuda
