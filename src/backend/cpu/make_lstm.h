// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>

#include "backend/lstm.h"

namespace moneta::cpu {

/// Creates a layer with the faster implementation: our own in f32, oneDNN's in bf16. Throws Error
/// (device) if this machine does not support the precision.
std::unique_ptr<LstmLayer> make_lstm(LstmShape const& shape, std::size_t threads);
/// The sizes of that layer.
LstmBytes lstm_bytes(LstmShape const& shape, std::size_t threads);

}  // namespace moneta::cpu
