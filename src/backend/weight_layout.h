// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "backend/functors.h"
#include "backend/lstm.h"
#include "base/host_device.h"

/// Between a layer's parameters as backend/lstm.h lays them out and the buffer in which a vendor's
/// library keeps them.
namespace moneta {

/// Where the library's buffer has each matrix [H, columns] and bias [H], as its first element; rows
/// lie one after the other. The input matrices have `inputs` columns, of which the parameters have
/// the first `weight_inputs`; nobody writes the others.
struct WeightLayout {
  std::size_t hidden = 0, inputs = 0, weight_inputs = 0, directions = 0;
  std::size_t input[2][4] = {}, recurrent[2][4] = {}, bias[2][4] = {};  ///< [direction][gate]

  /// Parameters of one direction: see LstmLayer.
  MONETA_HD std::size_t direction_parameters() const {
    return 4 * hidden * (weight_inputs + hidden + 1);
  }
  MONETA_HD std::size_t parameters() const { return directions * direction_parameters(); }

  /// Which element of the buffer a parameter is.
  MONETA_HD std::size_t of(std::size_t parameter) const {
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

/// buffer = parameters; operator()(i) over the parameters.
template <class Element>
struct WeightPacker {
  WeightLayout places;
  float const* parameters;
  Element* buffer;
  MONETA_HD void operator()(std::size_t i) const {
    buffer[places.of(i)] = from_float<Element>(parameters[i]);
  }
};

/// gradients += buffer; operator()(i) over the parameters.
template <class Element>
struct WeightGradientAdder {
  WeightLayout places;
  Element const* buffer;
  float* gradients;
  MONETA_HD void operator()(std::size_t i) const { gradients[i] += to_float(buffer[places.of(i)]); }
};

}  // namespace moneta
