// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

/// The inner loops of our f32 LSTM layer, compiled once per instruction set.
///
/// Every product is C [M,N] = A [M,K] B [K,N] with B packed in panels of 16 columns
/// ([panel][k][16], zeros beyond N). Each element of C is summed over k in chunks of fixed size and
/// order, independently of the rows and columns that are computed with it. Results therefore do not
/// depend on how the rows are distributed to threads.
namespace moneta::cpu {

inline constexpr std::size_t panel_columns = 16;
/// Rows of B that are used together: one panel of them (16 KiB) fits into the L1 cache.
inline constexpr std::size_t chunk_depth = 256;
/// Rows of A^T that `pack` packs at a time; a multiple of every tile height.
inline constexpr std::size_t packed_rows = 96;

/// One step of one direction for `rows` windows.
struct ForwardStep {
  std::size_t rows, inputs, hidden;
  float const* x;  ///< [rows, inputs], rows x_stride apart
  std::size_t x_stride;
  float const* h;                 ///< previous y, [rows, hidden], rows y_stride apart; null: 0
  float const* c_before;          ///< [rows, hidden]; null: 0
  float const* input_panels;      ///< per 16 units and gate: [inputs][16]
  float const* recurrent_panels;  ///< per 16 units and gate: [hidden][16]
  float const* bias_panels;       ///< per 16 units and gate: [16]
  float* gates;                   ///< [rows, 4 hidden] i, f, g, o; null: not stored
  float* c;                       ///< [rows, hidden]
  float* y;                       ///< [rows, hidden], rows y_stride apart
  std::size_t y_stride;
  float* sums;  ///< scratch [rows, 64]
};

/// One step of the backward pass. Replaces the gates by the gradients of their pre-activations.
struct BackwardStep {
  std::size_t rows, hidden;
  float* gates;           ///< [rows, 4 hidden]
  float const* c;         ///< [rows, hidden]
  float const* c_before;  ///< [rows, hidden]; null: 0
  float const* dy;        ///< [rows, hidden], rows dy_stride apart
  std::size_t dy_stride;
  float const* dh;  ///< from the next step, [rows, hidden]
  float* dc;        ///< from the next step, updated for the previous one
  bool last;        ///< there is no next step: dh and dc are taken as 0
};

/// C [rows, columns] = A B, or += if `add`; B is packed in panels.
struct Product {
  std::size_t rows, columns, depth;
  float const* a;
  std::size_t a_stride;
  float const* panels;
  float* c;
  std::size_t c_stride;
  bool add;
};

/// Packs `from` [depth, rows], rows <= packed_rows, as A^T for `multiply_packed`, and adds the sums
/// of its columns to `sums`.
struct Packing {
  std::size_t depth, rows;
  float const* from;
  std::size_t from_stride;
  float* packed;  ///< [packed_rows * depth]
  float* sums;    ///< [rows]
};

struct LstmKernels {
  char const* name;  ///< instruction set
  void (*forward_step)(ForwardStep const&);
  void (*backward_step)(BackwardStep const&);
  void (*multiply)(Product const&);
  void (*pack)(Packing const&);
  /// `a` was packed by `pack`; depth <= chunk_depth.
  void (*multiply_packed)(Product const&);
};

/// The kernels that this machine can run, the portable ones first and the fastest last.
std::vector<LstmKernels const*> usable_lstm_kernels();

}  // namespace moneta::cpu
