// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

/// Conversions between float32 and the 16-bit formats, as a GPU does them: to the nearest number,
/// ties to even, with subnormal numbers, and infinite beyond the largest one.
namespace cuda_model {

enum class FloatFormat { f32, bf16, f16 };

constexpr std::size_t bytes_of(FloatFormat format) { return format == FloatFormat::f32 ? 4 : 2; }

inline float bf16_to_float(std::uint16_t bits) {
  return std::bit_cast<float>(std::uint32_t{bits} << 16);
}

inline std::uint16_t float_to_bf16(float value) {
  auto const bits = std::bit_cast<std::uint32_t>(value);
  std::uint32_t const rounded = (bits + 0x7FFFu + ((bits >> 16) & 1u)) >> 16;
  std::uint32_t const quiet_nan = (bits >> 16) | 0x40u;
  bool const is_nan = (bits & 0x7FFFFFFFu) > 0x7F800000u;
  return static_cast<std::uint16_t>(is_nan ? quiet_nan : rounded);
}

inline float f16_to_float(std::uint16_t bits) {
  constexpr std::uint32_t exponent_mask = 0x7C00u << 13;
  std::uint32_t const magnitude = (bits & 0x7FFFu) << 13, exponent = magnitude & exponent_mask;
  std::uint32_t const normal = magnitude + ((127u - 15u) << 23);
  std::uint32_t const infinite_or_nan = normal + ((128u - 16u) << 23);
  // 2^-14 * (1 + mantissa) - 2^-14 is exact.
  constexpr std::uint32_t smallest_normal = (127u - 14u) << 23;
  float const subnormal =
      std::bit_cast<float>(magnitude + smallest_normal) - std::bit_cast<float>(smallest_normal);
  std::uint32_t const result = exponent == 0               ? std::bit_cast<std::uint32_t>(subnormal)
                               : exponent == exponent_mask ? infinite_or_nan
                                                           : normal;
  return std::bit_cast<float>(result | (bits & 0x8000u) << 16);
}

inline std::uint16_t float_to_f16(float value) {
  constexpr std::uint32_t infinity = 0x7F800000u, out_of_range = (127u + 16u) << 23;
  constexpr std::uint32_t smallest_normal = (127u - 14u) << 23;
  auto const bits = std::bit_cast<std::uint32_t>(value);
  std::uint32_t const magnitude = bits & 0x7FFFFFFFu;
  // 0.5 has the distance of subnormal numbers, 2^-24, in its last digit: the addition rounds.
  constexpr float half = 0.5f;
  std::uint32_t const subnormal =
      std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) + half) -
      std::bit_cast<std::uint32_t>(half);
  std::uint32_t const normal =
      (magnitude - ((127u - 15u) << 23) + 0xFFFu + ((magnitude >> 13) & 1u)) >> 13;
  std::uint32_t const beyond = magnitude > infinity ? 0x7E00u : 0x7C00u;
  std::uint32_t const result = magnitude >= out_of_range     ? beyond
                               : magnitude < smallest_normal ? subnormal
                                                             : normal;
  return static_cast<std::uint16_t>(result | (bits >> 16 & 0x8000u));
}

/// Converts `count` numbers of a format to float32.
void to_floats(FloatFormat format, void const* from, std::size_t count, float* to);
/// Rounds `count` numbers to a format and stores them in it.
void from_floats(FloatFormat format, float const* from, std::size_t count, void* to);
/// Replaces `count` numbers by the nearest ones of a format.
void round_floats(FloatFormat format, float* values, std::size_t count);

}  // namespace cuda_model
