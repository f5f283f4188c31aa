// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>

#include "backend/cpu/lstm_kernels.h"
#include "backend/lstm.h"

namespace moneta::cpu {

/// A layer in f32 with our own kernels; `kernels` is one of usable_lstm_kernels(). The workspace
/// contains the gates and cell states of every step. Results do not depend on `threads`.
std::unique_ptr<LstmLayer> make_f32_lstm(LstmShape const& shape, std::size_t threads,
                                         LstmKernels const& kernels);
LstmBytes f32_lstm_bytes(LstmShape const& shape, std::size_t threads);

}  // namespace moneta::cpu
