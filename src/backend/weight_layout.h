// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "backend/functors.h"
#include "backend/lstm.h"
#include "base/host_device.h"

/// Conversion between the parameters of a layer, in the order of backend/lstm.h, and the packed
/// weights of a vendor's library.
namespace moneta {

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
  MONETA_HD std::size_t parameters() const { return directions * direction_parameters(); }

  /// Index of a parameter in the packed weights.
  MONETA_HD std::size_t index_of(std::size_t parameter) const {
    std::size_t const d = parameter / direction_parameters();
    std::size_t i = parameter % direction_parameters();
    std::size_t const gate_inputs = hidden * weight_inputs, gate_states = hidden * hidden;
    if (i < 4 * gate_inputs) {
      std::size_t const j = i % gate_inputs;
      return input[d][i / gate_inputs] + j / weight_inputs * inputs + j % weight_inputs;
    }
    i -= 4 * gate_inputs;
    if (i < 4 * gate_states) return recurrent[d][i / gate_states] + i % gate_states;
    i -= 4 * gate_states;
    return bias[d][i / hidden] + i % hidden;
  }
};

/// packed = parameters; operator()(i) over the parameters.
template <class Element>
struct WeightPacker {
  WeightLayout layout;
  float const* parameters;
  Element* packed;
  MONETA_HD void operator()(std::size_t i) const {
    packed[layout.index_of(i)] = from_float<Element>(parameters[i]);
  }
};

/// gradients += packed; operator()(i) over the parameters.
template <class Element>
struct WeightGradientAdder {
  WeightLayout layout;
  Element const* packed;
  float* gradients;
  MONETA_HD void operator()(std::size_t i) const {
    gradients[i] += to_float(packed[layout.index_of(i)]);
  }
};

}  // namespace moneta
