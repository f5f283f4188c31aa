// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>

#include "backend/lstm.h"

namespace moneta::cpu {

/// The fastest engine this machine has for a shape. Throws Error (device) if it has none.
std::unique_ptr<LstmLayer> make_lstm(LstmShape const& shape, std::size_t threads);
/// Bytes that layer takes.
LstmBytes lstm_bytes(LstmShape const& shape, std::size_t threads);

/// True if oneDNN runs an LSTM in bf16 here at all; only AMX makes it fast.
bool has_bf16_lstm();

}  // namespace moneta::cpu
