// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <cmath>

namespace moneta {

/// Rounds `value` to this many digits after the decimal point, for messages and records.
inline double round_to_decimals(double value, int decimals) {
  double const scale = std::pow(10.0, decimals);
  return std::round(value * scale) / scale;
}

/// Rounds `value` to this many significant digits (at most 20).
inline double round_to_significant(double value, int digits) {
  char text[32];
  auto const end =
      std::to_chars(text, text + sizeof text, value, std::chars_format::general, digits).ptr;
  std::from_chars(text, end, value);
  return value;
}

}  // namespace moneta
