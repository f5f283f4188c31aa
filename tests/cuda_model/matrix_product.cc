// SPDX-License-Identifier: Apache-2.0
#include "cuda_model/matrix_product.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace cuda_model {
namespace {

/// One unit of a row, which the compiler keeps in one or more vector registers.
using Unit = float __attribute__((vector_size(row_unit * sizeof(float))));

Unit load(float const* from) {
  Unit unit;
  std::memcpy(&unit, from, sizeof unit);
  return unit;
}

/// Rows of a tile: its sums and operands fit into 16 registers of 256 bits.
constexpr std::size_t tile_rows = 6;

/// `rows` rows of one unit each.
template <std::size_t rows>
void add_tile(MatrixView a, std::size_t inner, float const* b, std::size_t stride, float* to) {
  std::array<Unit, rows> sums;
  for (std::size_t i = 0; i < rows; ++i) sums[i] = load(to + i * stride);
  for (std::size_t k = 0; k < inner; ++k) {
    Unit const factor = load(b + k * stride);
    for (std::size_t i = 0; i < rows; ++i)
      sums[i] += a.data[i * a.row_stride + k * a.column_stride] * factor;
  }
  for (std::size_t i = 0; i < rows; ++i) std::memcpy(to + i * stride, &sums[i], sizeof sums[i]);
}

using AddTile = void (*)(MatrixView, std::size_t, float const*, std::size_t, float*);

template <std::size_t... index>
constexpr std::array<AddTile, sizeof...(index)> tiles(std::index_sequence<index...>) {
  return {add_tile<index + 1>...};
}

}  // namespace

void add_product(MatrixView a, std::size_t rows, std::size_t inner, float const* b,
                 std::size_t stride, float* to) {
  static constexpr auto add_tiles = tiles(std::make_index_sequence<tile_rows>{});
  for (std::size_t column = 0; column < stride; column += row_unit) {
    for (std::size_t row = 0; row < rows; row += tile_rows) {
      MatrixView const part{a.data + row * a.row_stride, a.row_stride, a.column_stride};
      std::size_t const count = std::min(tile_rows, rows - row);
      add_tiles[count - 1](part, inner, b + column, stride, to + row * stride + column);
    }
  }
}

}  // namespace cuda_model
