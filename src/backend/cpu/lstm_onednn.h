// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "backend/lstm.h"

namespace moneta::cpu {

/// A layer made of oneDNN's LSTM primitives, f32 or bf16 (gradients and weights in f32).
/// Throws Error (device) if this machine or this oneDNN cannot do the shape's precision.
std::unique_ptr<LstmLayer> make_onednn_lstm(LstmShape const& shape, std::size_t threads);
LstmBytes onednn_lstm_bytes(LstmShape const& shape, std::size_t threads);

}  // namespace moneta::cpu
