// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>

#include "backend/lstm.h"

namespace moneta::cpu {

/// The fastest engine this machine has for a shape: our own in f32, oneDNN's in bf16. Throws Error
/// (device) if it has none.
std::unique_ptr<LstmLayer> make_lstm(LstmShape const& shape, std::size_t threads);
/// Bytes that layer takes.
LstmBytes lstm_bytes(LstmShape const& shape, std::size_t threads);

}  // namespace moneta::cpu
