// SPDX-License-Identifier: Apache-2.0
#include "backend/cpu/lstm_kernels.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#define MONETA_INLINE inline __attribute__((always_inline))

/// Defines the table of the kernels Kernels<lanes, rows>.
#define MONETA_LSTM_TABLE(name, lanes, rows)                                       \
  using Tile = Kernels<lanes, rows>;                                               \
  void forward_step(ForwardStep const& step) { Tile::forward_step(step); }         \
  void backward_step(BackwardStep const& step) { Tile::backward_step(step); }      \
  void multiply(Product const& product) { Tile::multiply(product); }               \
  void pack(Packing const& packing) { Tile::pack(packing); }                       \
  void multiply_packed(Product const& product) { Tile::multiply_packed(product); } \
  constexpr LstmKernels table { name, forward_step, backward_step, multiply, pack, multiply_packed }

namespace moneta::cpu {
namespace {

// The tile sizes leave registers for a row of B: SSE2 has 16 registers of 4 lanes, NEON 32 of 4,
// AVX2 16 of 8, AVX-512 32 of 16.
namespace portable {
#include "backend/cpu/lstm_tiles.h"
#ifdef __x86_64__
MONETA_LSTM_TABLE("portable", 4, 3);
#else
MONETA_LSTM_TABLE("portable", 4, 6);
#endif
}  // namespace portable

#ifdef __x86_64__
#pragma GCC push_options
#pragma GCC target("avx2,fma")
namespace avx2 {
#include "backend/cpu/lstm_tiles.h"  // NOLINT(readability-duplicate-include)
MONETA_LSTM_TABLE("avx2", 8, 6);
}  // namespace avx2
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl")
namespace avx512 {
#include "backend/cpu/lstm_tiles.h"  // NOLINT(readability-duplicate-include)
MONETA_LSTM_TABLE("avx512", 16, 12);
}  // namespace avx512
#pragma GCC pop_options
#endif

}  // namespace

std::vector<LstmKernels const*> usable_lstm_kernels() {
  std::vector<LstmKernels const*> usable{&portable::table};
#ifdef __x86_64__
  bool const has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  bool const has_avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                          __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  if (has_avx2) usable.push_back(&avx2::table);
  if (has_avx2 && has_avx512) usable.push_back(&avx512::table);
#endif
  return usable;
}

}  // namespace moneta::cpu
