// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "backend/device_span.h"
#include "base/error.h"

/// Checks of the arguments of backend calls. Spans whose sizes do not match are a bug in this
/// program: all throw Error (internal), with the call and the name of the argument in the text.
namespace moneta {

inline void require_size(char const* call, char const* name, std::size_t size,
                         std::size_t expected) {
  MONETA_REQUIRE(size == expected, internal,
                 "backend: {} got {} of {} elements (its other arguments need {})", call, name,
                 size, expected);
}

inline void require_multiple(char const* call, char const* name, std::size_t size,
                             std::size_t unit) {
  MONETA_REQUIRE(unit > 0 && size % unit == 0, internal,
                 "backend: {} got {} of {} elements (not a multiple of {})", call, name, size,
                 unit);
}

inline void require_same_precision(char const* call, Precision a, Precision b) {
  MONETA_REQUIRE(a == b, internal, "backend: {} got both {} and {} (its arrays must have one type)",
                 call, to_string(a), to_string(b));
}

inline void require_columns(char const* call, std::size_t columns, std::size_t column,
                            std::size_t width) {
  MONETA_REQUIRE(column + width <= columns, internal,
                 "backend: {} of {} columns from column {} on (a row has {})", call, width, column,
                 columns);
}

inline void require_bytes(char const* call, char const* name, std::size_t size,
                          std::size_t needed) {
  MONETA_REQUIRE(size >= needed, internal, "backend: {} got {} of {} bytes (it needs {})", call,
                 name, size, needed);
}

/// For an array whose size and precision were planned.
inline void require_activations(char const* call, char const* name, Activations const& given,
                                std::size_t size, Precision precision) {
  require_size(call, name, given.size, size);
  require_same_precision(call, given.precision, precision);
}

}  // namespace moneta
