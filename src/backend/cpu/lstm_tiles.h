// SPDX-License-Identifier: Apache-2.0
// No #pragma once, see simd.h.
#include "backend/cpu/simd.h"

/// The kernels with vectors of `Lanes` floats and register tiles of up to `Rows` x 16.
template <std::size_t Lanes, std::size_t Rows>
struct Kernels {
  using V = Simd<Lanes>;
  using Float = typename V::Float;
  static constexpr std::size_t vectors = panel_columns / Lanes;

  /// c [R,16] = start + a b with a(r, k) = a[r * a_stride + k * a_step]. `start` is one row of 16
  /// for all rows; if it is null, the products are added to c if `add`, else to 0.
  template <std::size_t R>
  static MONETA_INLINE void tile(float const* a, std::size_t a_stride, std::size_t a_step,
                                 float const* b, std::size_t depth, float* c, std::size_t c_stride,
                                 float const* start, bool add) {
    Float sum[R][vectors] = {};
#pragma GCC unroll 4
    for (std::size_t k = 0; k < depth; ++k) {
      Float row[vectors];
#pragma GCC unroll 4
      for (std::size_t v = 0; v < vectors; ++v) row[v] = V::load(b + v * Lanes);
#pragma GCC unroll 12
      for (std::size_t r = 0; r < R; ++r)
#pragma GCC unroll 4
        for (std::size_t v = 0; v < vectors; ++v) sum[r][v] += V::all(a[r * a_stride]) * row[v];
      a += a_step;
      b += panel_columns;
    }
#pragma GCC unroll 12
    for (std::size_t r = 0; r < R; ++r)
#pragma GCC unroll 4
      for (std::size_t v = 0; v < vectors; ++v) {
        float* const to = c + r * c_stride + v * Lanes;
        if (start != nullptr) sum[r][v] += V::load(start + v * Lanes);
        if (start == nullptr && add) sum[r][v] += V::load(to);
        V::store(to, sum[r][v]);
      }
  }

  /// A tile of `rows` <= Rows rows.
  template <std::size_t R = Rows>
  static MONETA_INLINE void any_tile(std::size_t rows, float const* a, std::size_t a_stride,
                                     std::size_t a_step, float const* b, std::size_t depth,
                                     float* c, std::size_t c_stride, float const* start, bool add) {
    if constexpr (R > 1)
      if (rows < R)
        return any_tile<R - 1>(rows, a, a_stride, a_step, b, depth, c, c_stride, start, add);
    tile<R>(a, a_stride, a_step, b, depth, c, c_stride, start, add);
  }

  /// A tile of only `width` columns, computed in a small array.
  static MONETA_INLINE void edge_tile(std::size_t rows, float const* a, std::size_t a_stride,
                                      std::size_t a_step, float const* b, std::size_t depth,
                                      float* c, std::size_t c_stride, std::size_t width, bool add) {
    alignas(64) float edge[Rows * panel_columns] = {};
    if (add)
      for (std::size_t r = 0; r < rows; ++r)
        std::memcpy(edge + r * panel_columns, c + r * c_stride, width * sizeof(float));
    any_tile(rows, a, a_stride, a_step, b, depth, edge, panel_columns, nullptr, add);
    for (std::size_t r = 0; r < rows; ++r)
      std::memcpy(c + r * c_stride, edge + r * panel_columns, width * sizeof(float));
  }

  /// One panel of columns for all rows, divided into tiles of nearly equal height.
  static MONETA_INLINE void column(std::size_t rows, float const* a, std::size_t a_stride,
                                   float const* b, std::size_t depth, float* c,
                                   std::size_t c_stride, float const* start, bool add) {
    std::size_t const tiles = (rows + Rows - 1) / Rows;
    for (std::size_t i = 0, row = 0; i < tiles; ++i) {
      std::size_t const height = (rows - row + tiles - i - 1) / (tiles - i);
      any_tile(height, a + row * a_stride, a_stride, 1, b, depth, c + row * c_stride, c_stride,
               start, add);
      row += height;
    }
  }

  static MONETA_INLINE void multiply(Product const& p) {
    for (std::size_t k = 0; k < p.depth; k += chunk_depth) {
      std::size_t const depth = std::min(chunk_depth, p.depth - k);
      for (std::size_t n = 0; n < p.columns; n += panel_columns) {
        float const* const b = p.panels + n * p.depth + k * panel_columns;
        std::size_t const width = std::min(panel_columns, p.columns - n);
        bool const add = p.add || k > 0;
        if (width == panel_columns) {
          column(p.rows, p.a + k, p.a_stride, b, depth, p.c + n, p.c_stride, nullptr, add);
          continue;
        }
        for (std::size_t row = 0; row < p.rows; row += Rows)
          edge_tile(std::min(Rows, p.rows - row), p.a + row * p.a_stride + k, p.a_stride, 1, b,
                    depth, p.c + row * p.c_stride + n, p.c_stride, width, add);
      }
    }
  }

  static MONETA_INLINE void pack(Packing const& p) {
    alignas(64) float sums[packed_rows] = {};
    for (std::size_t k = 0; k < p.depth; ++k) {
      float const* const from = p.from + k * p.from_stride;
      for (std::size_t row = 0; row < p.rows; row += Rows) {
        float* const to = p.packed + row * p.depth + k * Rows;
        std::size_t const height = std::min(Rows, p.rows - row);
        if (height == Rows)
          std::memcpy(to, from + row, Rows * sizeof(float));
        else
          std::memcpy(to, from + row, height * sizeof(float));
      }
      for (std::size_t row = 0; row < p.rows; ++row) sums[row] += from[row];
    }
    for (std::size_t row = 0; row < p.rows; ++row) p.sums[row] += sums[row];
  }

  static MONETA_INLINE void multiply_packed(Product const& p) {
    for (std::size_t n = 0; n < p.columns; n += panel_columns) {
      float const* const b = p.panels + n * p.depth;
      std::size_t const width = std::min(panel_columns, p.columns - n);
      for (std::size_t row = 0; row < p.rows; row += Rows) {
        std::size_t const height = std::min(Rows, p.rows - row);
        float const* const a = p.a + row * p.depth;
        float* const c = p.c + row * p.c_stride + n;
        if (width == panel_columns)
          any_tile(height, a, 1, Rows, b, p.depth, c, p.c_stride, nullptr, p.add);
        else
          edge_tile(height, a, 1, Rows, b, p.depth, c, p.c_stride, width, p.add);
      }
    }
  }

  /// Computes the pre-activations of all four gates for the 16 units from `unit` on into s.sums
  /// [rows, 4 x 16].
  static MONETA_INLINE void gate_sums(ForwardStep const& s, std::size_t unit) {
    constexpr std::size_t stride = 4 * panel_columns;
    for (std::size_t gate = 0; gate < 4; ++gate) {
      std::size_t const panel = unit / panel_columns * 4 + gate;
      float* const sums = s.sums + gate * panel_columns;
      float const* const input = s.input_panels + panel * s.inputs * panel_columns;
      for (std::size_t k = 0; k < s.inputs; k += chunk_depth)
        column(s.rows, s.x + k, s.x_stride, input + k * panel_columns,
               std::min(chunk_depth, s.inputs - k), sums, stride,
               k == 0 ? s.bias_panels + panel * panel_columns : nullptr, true);
      if (s.h == nullptr) continue;
      float const* const recurrent = s.recurrent_panels + panel * s.hidden * panel_columns;
      for (std::size_t k = 0; k < s.hidden; k += chunk_depth)
        column(s.rows, s.h + k, s.y_stride, recurrent + k * panel_columns,
               std::min(chunk_depth, s.hidden - k), sums, stride, nullptr, true);
    }
  }

  static MONETA_INLINE void forward_step(ForwardStep const& s) {
    for (std::size_t unit = 0; unit < s.hidden; unit += panel_columns) {
      gate_sums(s, unit);
      std::size_t const end = std::min(s.hidden, unit + panel_columns);
      for (std::size_t row = 0; row < s.rows; ++row)
        for (std::size_t j = unit; j < end; j += Lanes) {
          float const* const sum = s.sums + row * 4 * panel_columns + (j - unit);
          std::size_t const at = row * s.hidden + j, count = s.hidden - j;
          Float const i = V::sigmoid(V::load(sum));
          Float const f = V::sigmoid(V::load(sum + panel_columns));
          Float const g = V::tanh(V::load(sum + 2 * panel_columns));
          Float const o = V::sigmoid(V::load(sum + 3 * panel_columns));
          Float c = i * g;
          if (s.c_before != nullptr) c += f * V::load(s.c_before + at, count);
          V::store(s.c + at, c, count);
          V::store(s.y + row * s.y_stride + j, o * V::tanh(c), count);
          if (s.gates == nullptr) continue;
          float* const gates = s.gates + row * 4 * s.hidden + j;
          V::store(gates, i, count);
          V::store(gates + s.hidden, f, count);
          V::store(gates + 2 * s.hidden, g, count);
          V::store(gates + 3 * s.hidden, o, count);
        }
    }
  }

  static MONETA_INLINE void backward_step(BackwardStep const& s) {
    for (std::size_t row = 0; row < s.rows; ++row)
      for (std::size_t j = 0; j < s.hidden; j += Lanes) {
        std::size_t const at = row * s.hidden + j, count = s.hidden - j;
        float* const gates = s.gates + row * 4 * s.hidden + j;
        Float const i = V::load(gates, count);
        Float const f = V::load(gates + s.hidden, count);
        Float const g = V::load(gates + 2 * s.hidden, count);
        Float const o = V::load(gates + 3 * s.hidden, count);
        Float dh = V::load(s.dy + row * s.dy_stride + j, count);
        Float dc{};
        if (!s.last) {
          dh += V::load(s.dh + at, count);
          dc = V::load(s.dc + at, count);
        }
        Float const squashed = V::tanh(V::load(s.c + at, count));
        dc += dh * o * (1.0f - squashed * squashed);
        Float before{};
        if (s.c_before != nullptr) before = V::load(s.c_before + at, count);
        V::store(gates, dc * g * i * (1.0f - i), count);
        V::store(gates + s.hidden, dc * before * f * (1.0f - f), count);
        V::store(gates + 2 * s.hidden, dc * i * (1.0f - g * g), count);
        V::store(gates + 3 * s.hidden, dh * squashed * o * (1.0f - o), count);
        V::store(s.dc + at, dc * f, count);
      }
  }
};
