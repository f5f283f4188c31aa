// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

/// The inner loops of the f32 LSTM engine, compiled once per instruction set.
///
/// Every product is C [M,N] = A [M,K] B [K,N] with B packed in panels of 16 columns
/// ([panel][k][16], zeros beyond N). An element of C is summed over k in chunks of fixed size and
/// order, whatever rows and columns are computed with it: results do not depend on how the rows
/// are spread over threads.
namespace moneta::cpu {

inline constexpr std::size_t panel_columns = 16;
/// Rows of B that are used together: one panel of them (16 KiB) stays in the first-level cache.
inline constexpr std::size_t chunk_depth = 256;
/// Rows of A^T that `pack` packs at a time: a multiple of every tile height.
inline constexpr std::size_t packed_rows = 96;

/// One step of one direction for `rows` windows.
struct ForwardStep {
  std::size_t rows, inputs, hidden;
  float const* x;  ///< [rows, inputs], rows x_stride apart
  std::size_t x_stride;
  float const* h;             ///< of the step before, [rows, hidden], rows y_stride apart; null: 0
  float const* c_before;      ///< [rows, hidden]; null: 0
  float const* input_panels;  ///< per 16 units and gate: [inputs][16]
  float const* recurrent_panels;  ///< per 16 units and gate: [hidden][16]
  float const* bias_panels;       ///< per 16 units and gate: [16]
  float* gates;                   ///< [rows, 4 hidden] i, f, g, o; null: not kept
  float* c;                       ///< [rows, hidden]
  float* y;                       ///< [rows, hidden], rows y_stride apart
  std::size_t y_stride;
  float* sums;  ///< working memory [rows, 64]
};

/// One step back: the gates become the gradients of their sums.
struct BackwardStep {
  std::size_t rows, hidden;
  float* gates;           ///< [rows, 4 hidden]
  float const* c;         ///< [rows, hidden]
  float const* c_before;  ///< [rows, hidden]; null: 0
  float const* dy;        ///< [rows, hidden], rows dy_stride apart
  std::size_t dy_stride;
  float const* dh;  ///< from the step after, [rows, hidden]
  float* dc;        ///< from the step after, and to the step before
  bool last;        ///< no step after: dh and dc are 0
};

/// C [rows, columns] = A B, or += if `add`; B in panels.
struct Product {
  std::size_t rows, columns, depth;
  float const* a;
  std::size_t a_stride;
  float const* panels;
  float* c;
  std::size_t c_stride;
  bool add;
};

/// Packs A^T for `multiply_packed`: `rows` (<= packed_rows) columns of `from` [depth, rows], and
/// adds their sums to `sums`.
struct Packing {
  std::size_t depth, rows;
  float const* from;
  std::size_t from_stride;
  float* packed;  ///< packed_rows * depth
  float* sums;    ///< [rows]
};

struct LstmKernels {
  char const* name;  ///< of the instruction set
  void (*forward_step)(ForwardStep const&);
  void (*backward_step)(BackwardStep const&);
  void (*multiply)(Product const&);
  void (*pack)(Packing const&);
  /// With a as `pack` leaves it, and depth <= chunk_depth.
  void (*multiply_packed)(Product const&);
};

/// All that this machine can run, the fastest last; the first is portable.
std::vector<LstmKernels const*> usable_lstm_kernels();

}  // namespace moneta::cpu
