// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "backend/lstm.h"

namespace moneta::cpu {

/// A layer that uses oneDNN's LSTM primitives in f32 or bf16, with gradients and parameters in f32.
/// Throws Error (device) if this machine or oneDNN version does not support the precision.
std::unique_ptr<LstmLayer> make_onednn_lstm(LstmShape const& shape, std::size_t threads);
LstmBytes onednn_lstm_bytes(LstmShape const& shape, std::size_t threads);

}  // namespace moneta::cpu
