// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "backend/functors.h"
#include "backend/lstm.h"
#include "base/host_device.h"

/// Conversion between the parameters of a layer, in the order of backend/lstm.h, and the packed
/// weights of a vendor's library. Both consist of rows that are contiguous on either side, so the
/// functors are given a row at a time, and no element needs a division to find its place.
namespace moneta {

/// A row of a matrix, or the bias of a gate.
struct WeightRow {
  std::size_t parameter;  ///< index of its first element in the parameters
  std::size_t packed;     ///< the same in the packed weights
  std::uint32_t columns;
};

/// Index in the packed weights of the first element of each matrix [H, columns] and bias [H]; their
/// rows are contiguous. The input matrices have `inputs` columns; the parameters contain only the
/// first `weight_inputs` of them, and the others are never written.
struct WeightLayout {
  std::size_t hidden = 0, inputs = 0, weight_inputs = 0, directions = 0;
  std::size_t input[2][4] = {}, recurrent[2][4] = {}, bias[2][4] = {};  ///< [direction][gate]

  /// Parameters of one direction, see LstmLayer.
  MONETA_HD std::size_t direction_parameters() const {
    return 4 * hidden * (weight_inputs + hidden + 1);
  }
  std::size_t parameters() const { return directions * direction_parameters(); }

  /// Rows of one direction: 4H of weight_ih, 4H of weight_hh, and the biases of four gates.
  MONETA_HD std::uint32_t direction_rows() const {
    return 8 * static_cast<std::uint32_t>(hidden) + 4;
  }
  std::uint32_t rows() const { return static_cast<std::uint32_t>(directions) * direction_rows(); }
  /// The longest row.
  std::uint32_t columns() const {
    return static_cast<std::uint32_t>(hidden > weight_inputs ? hidden : weight_inputs);
  }

  /// Row `number` of rows(), in the order of the parameters.
  MONETA_HD WeightRow row(std::uint32_t number) const {
    std::uint32_t const d = number / direction_rows();
    std::uint32_t i = number - d * direction_rows();
    auto const h = static_cast<std::uint32_t>(hidden);
    std::size_t const first = d * direction_parameters();
    if (i < 4 * h) {
      return {first + i * weight_inputs, input[d][i / h] + i % h * inputs,
              static_cast<std::uint32_t>(weight_inputs)};
    }
    i -= 4 * h;
    std::size_t const matrices = 4 * hidden * weight_inputs;
    if (i < 4 * h) return {first + matrices + i * hidden, recurrent[d][i / h] + i % h * hidden, h};
    i -= 4 * h;
    return {first + matrices + 4 * hidden * hidden + i * hidden, bias[d][i], h};
  }
};

/// packed = parameters; row(r) for r < layout.rows(), then each of its columns < layout.columns().
template <class Element>
struct WeightPacker {
  WeightLayout layout;
  float const* parameters;
  Element* packed;

  struct Row {
    float const* from;
    Element* to;
    std::uint32_t columns;
    MONETA_HD void operator()(std::uint32_t column) const {
      if (column < columns) to[column] = from_float<Element>(from[column]);
    }
  };
  MONETA_HD Row row(std::uint32_t number) const {
    WeightRow const row = layout.row(number);
    return {parameters + row.parameter, packed + row.packed, row.columns};
  }
};

/// gradients += packed; called as WeightPacker is.
template <class Element>
struct WeightGradientAdder {
  WeightLayout layout;
  Element const* packed;
  float* gradients;

  struct Row {
    Element const* from;
    float* to;
    std::uint32_t columns;
    MONETA_HD void operator()(std::uint32_t column) const {
      if (column < columns) to[column] += to_float(from[column]);
    }
  };
  MONETA_HD Row row(std::uint32_t number) const {
    WeightRow const row = layout.row(number);
    return {packed + row.packed, gradients + row.parameter, row.columns};
  }
};

}  // namespace moneta
