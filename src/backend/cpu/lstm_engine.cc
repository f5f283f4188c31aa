// SPDX-License-Identifier: Apache-2.0
#include "backend/cpu/lstm_engine.h"

#include "backend/cpu/lstm_onednn.h"

namespace moneta::cpu {

std::unique_ptr<LstmLayer> make_lstm(LstmShape const& shape, std::size_t threads) {
  return make_onednn_lstm(shape, threads);
}

LstmBytes lstm_bytes(LstmShape const& shape, std::size_t threads) {
  return onednn_lstm_bytes(shape, threads);
}

}  // namespace moneta::cpu
