// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

/// The axes of every array, one letter and one meaning each:
///   T time steps of a window, oldest first   N windows in a batch
///   F features of a bar                      H hidden units of one direction
///   D directions (1 or 2)                    L layers of a stack
///   R rows (bars) of a timeframe             S samples (decision times) of a coin
///   P trained parameters of a coin           K timeframes
/// Arrays are dense and row-major: the last axis varies fastest.
namespace moneta {

/// F: features of one bar, see market/features.h.
inline constexpr std::size_t feature_count = 23;
/// F of the input of the first layer: padded with zeros to a size that suits matrix units.
inline constexpr std::size_t padded_feature_count = 32;

/// The number format of the inputs of matrix products; parameters are always float32. tf32 is
/// float32 of which the matrix units of a GPU use the upper 19 bits. bf16 has the range of float32
/// and 8 bits of precision; fp16 (IEEE binary16) has 11 bits, but gradients below 6e-8 become 0, so
/// it needs a loss scale (optim/loss_scaler.h).
enum class Precision { f32, tf32, bf16, fp16 };

inline char const* to_string(Precision precision) {
  switch (precision) {
    case Precision::f32:
      return "f32";
    case Precision::tf32:
      return "tf32";
    case Precision::bf16:
      return "bf16";
    case Precision::fp16:
      break;
  }
  return "fp16";
}
/// The precision with this name; f32 for any other text.
inline Precision precision_named(std::string_view name) {
  if (name == "tf32") return Precision::tf32;
  if (name == "fp16") return Precision::fp16;
  return name == "bf16" ? Precision::bf16 : Precision::f32;
}
inline std::size_t element_bytes(Precision precision) {
  return precision == Precision::bf16 || precision == Precision::fp16 ? 2 : 4;
}

}  // namespace moneta
