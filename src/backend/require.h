// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "backend/lstm.h"
#include "base/error.h"

/// Sizes of spans that do not fit each other are our own mistake; the texts name call and span.
namespace moneta {

inline void require_size(char const* call, char const* name, std::size_t size,
                         std::size_t expected) {
  MONETA_REQUIRE(
      size == expected, device,
      "backend: {} got {} of {} elements (its other arguments need {}). This is a mistake in the program; please report it.",
      call, name, size, expected);
}

inline void require_multiple(char const* call, char const* name, std::size_t size,
                             std::size_t unit) {
  MONETA_REQUIRE(
      unit > 0 && size % unit == 0, device,
      "backend: {} got {} of {} elements (no multiple of {}). This is a mistake in the program; please report it.",
      call, name, size, unit);
}

inline void require_same_precision(char const* call, Precision a, Precision b) {
  MONETA_REQUIRE(
      a == b, device,
      "backend: {} got both {} and {} (its arrays must have one type). This is a mistake in the program; please report it.",
      call, to_string(a), to_string(b));
}

inline void require_columns(char const* call, std::size_t columns, std::size_t column,
                            std::size_t width) {
  MONETA_REQUIRE(
      column + width <= columns, device,
      "backend: {} of {} columns from {} on (a row has {}). This is a mistake in the program; please report it.",
      call, width, column, columns);
}

/// Throws Error (device) if no layer can have this shape.
inline void require_shape(LstmShape const& shape) {
  bool const sound = shape.steps > 0 && shape.batch > 0 && shape.hidden > 0 &&
                     shape.weight_inputs > 0 && shape.weight_inputs <= shape.inputs &&
                     (shape.directions == 1 || shape.directions == 2);
  MONETA_REQUIRE(
      sound, device,
      "backend: no LSTM layer of {} steps, {} windows, {} of {} inputs, {} hidden units, {} directions (sizes are at least 1, directions 1 or 2). This is a mistake in the program; please report it.",
      shape.steps, shape.batch, shape.weight_inputs, shape.inputs, shape.hidden, shape.directions);
}

inline void require_training(char const* call, LstmShape const& shape) {
  MONETA_REQUIRE(
      shape.training, device,
      "backend: {} of a layer that was planned without training (it keeps nothing for a backward pass). This is a mistake in the program; please report it.",
      call);
}

/// An argument of a layer's call against what the layer was planned for.
inline void require_activations(char const* call, char const* name, Activations const& given,
                                std::size_t size, Precision precision) {
  require_size(call, name, given.size, size);
  require_same_precision(call, given.precision, precision);
}

/// The gradient of the input that a layer was, or was not, planned to give.
inline void require_input_gradient(char const* call, LstmShape const& shape, Activations const& dx,
                                   Precision precision) {
  std::size_t const size = shape.steps * shape.batch * shape.inputs;
  require_activations(call, "dx", dx, shape.input_gradient ? size : 0,
                      shape.input_gradient ? precision : dx.precision);
}

inline void require_bytes(char const* call, char const* name, std::size_t size,
                          std::size_t needed) {
  MONETA_REQUIRE(
      size >= needed, device,
      "backend: {} got {} of {} bytes (the layer was planned for {}). This is a mistake in the program; please report it.",
      call, name, size, needed);
}

}  // namespace moneta
