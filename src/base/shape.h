// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

/// The axes of every array, one letter and one meaning each:
///   T steps of a window, oldest first      N windows that go through the device together
///   F features of a bar                    H hidden units of one direction
///   D directions (1 or 2)                  L layers of a stack
///   R rows (bars) of a timeframe           S samples (decision times) of a coin
///   P trained parameters of a coin         K timeframes
/// Arrays are dense and row-major; the last axis named is the fastest.
namespace moneta {

/// F: features of one bar, see market/features.h.
inline constexpr std::size_t feature_count = 23;
/// F as it goes into the first layer: padded with zeros so that matrix units are fed well.
inline constexpr std::size_t padded_feature_count = 32;

/// Type of the numbers that go through the matrix products; parameters are always float32. tf32:
/// float32 of which a GPU's matrix units read the upper 19 bits.
enum class Precision { f32, tf32, bf16 };

inline char const* to_string(Precision precision) {
  switch (precision) {
    case Precision::f32:
      return "f32";
    case Precision::tf32:
      return "tf32";
    case Precision::bf16:
      break;
  }
  return "bf16";
}
/// By its name; f32 for what it is not.
inline Precision precision_named(std::string_view name) {
  if (name == "tf32") return Precision::tf32;
  return name == "bf16" ? Precision::bf16 : Precision::f32;
}
inline std::size_t element_bytes(Precision precision) {
  return precision == Precision::bf16 ? 2 : 4;
}

}  // namespace moneta
