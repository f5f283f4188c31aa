// SPDX-License-Identifier: Apache-2.0
#include "backend/cpu/make_lstm.h"

#include "backend/cpu/lstm_f32.h"
#include "backend/cpu/lstm_onednn.h"
#include "backend/lstm_arguments.h"

namespace moneta::cpu {
namespace {

void check(LstmShape const& shape) {
  check_lstm_shape(shape);
  MONETA_REQUIRE(shape.precision == Precision::f32 || shape.precision == Precision::bf16, device,
                 "a CPU has no LSTM layers in {} (only in f32 and bf16). Set train.precision=auto?",
                 to_string(shape.precision));
}

}  // namespace

std::unique_ptr<LstmLayer> make_lstm(LstmShape const& shape, std::size_t threads) {
  check(shape);
  if (shape.precision == Precision::f32)
    return make_f32_lstm(shape, threads, *usable_lstm_kernels().back());
  return make_onednn_lstm(shape, threads);
}

LstmBytes lstm_bytes(LstmShape const& shape, std::size_t threads) {
  check(shape);
  if (shape.precision == Precision::f32) return f32_lstm_bytes(shape, threads);
  return onednn_lstm_bytes(shape, threads);
}

}  // namespace moneta::cpu
