// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>

#include "base/host_device.h"
#include "base/shape.h"

/// The element types of activations and packed weights, and their conversion from and to float.
namespace moneta {

/// A bfloat16: the upper half of a float32.
struct Bf16 {
  std::uint16_t bits;
};

/// An IEEE 754 binary16: sign, 5 bits of exponent, 10 bits of fraction.
struct F16 {
  std::uint16_t bits;
};

MONETA_HD inline float to_float(float value) { return value; }
MONETA_HD inline float to_float(Bf16 value) {
  std::uint32_t const bits = std::uint32_t{value.bits} << 16;
  float result;
  memcpy(&result, &bits, sizeof result);
  return result;
}

MONETA_HD inline float to_float(F16 value) {
#ifdef __CUDA_ARCH__
  float result;
  asm("cvt.f32.f16 %0, %1;" : "=f"(result) : "h"(value.bits));
  return result;
#else
  std::uint32_t const sign = (value.bits & 0x8000u) << 16, rest = value.bits & 0x7FFFu;
  // Not by arithmetic on denormals, which the CPU flushes to 0 (backend/cpu/denormals.h).
  float const subnormal = static_cast<float>(rest) * 0x1p-24f;
  std::uint32_t small;
  memcpy(&small, &subnormal, sizeof small);
  std::uint32_t const normal = (rest << 13) + 0x38000000u;  // the bias of the exponent is 112 more
  std::uint32_t const special = 0x7F800000u | (rest & 0x3FFu) << 13;  // infinity or NaN
  std::uint32_t const finite = rest < 0x400u ? small : normal;
  std::uint32_t const bits = (rest >= 0x7C00u ? special : finite) | sign;
  float result;
  memcpy(&result, &bits, sizeof result);
  return result;
#endif
}

/// Converts a float to Element. Rounds to nearest even for 16-bit types and preserves NaN; numbers
/// beyond the range of fp16 become infinite.
template <class Element>
MONETA_HD inline Element from_float(float value);
template <>
MONETA_HD inline float from_float<float>(float value) {
  return value;
}
template <>
MONETA_HD inline Bf16 from_float<Bf16>(float value) {
  std::uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  std::uint32_t const rounded = (bits + 0x7FFFu + ((bits >> 16) & 1u)) >> 16;
  std::uint32_t const quiet_nan = (bits >> 16) | 0x40u;
  bool const is_nan = (bits & 0x7FFFFFFFu) > 0x7F800000u;
  return {static_cast<std::uint16_t>(is_nan ? quiet_nan : rounded)};
}

template <>
MONETA_HD inline F16 from_float<F16>(float value) {
#ifdef __CUDA_ARCH__
  F16 result;
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(result.bits) : "f"(value));
  return result;
#else
  std::uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  std::uint32_t const sign = bits >> 16 & 0x8000u, rest = bits & 0x7FFFFFFFu;
  // Normal numbers: rebias the exponent and round to nearest even; a carry may reach infinity.
  std::uint32_t const normal = (rest - 0x38000000u + 0xFFFu + (rest >> 13 & 1u)) >> 13;
  // Subnormal numbers: adding 0.5 makes the unit of its fraction that of a subnormal binary16.
  float subnormal;
  memcpy(&subnormal, &rest, sizeof subnormal);
  subnormal += 0.5f;
  std::uint32_t rounded;
  memcpy(&rounded, &subnormal, sizeof rounded);
  std::uint32_t const small = rounded - 0x3F000000u;
  std::uint32_t const special = rest > 0x7F800000u ? 0x7E00u : 0x7C00u;  // NaN or infinity
  std::uint32_t const finite = rest < 0x38800000u ? small : normal;
  return {static_cast<std::uint16_t>(sign | (rest >= 0x477FF000u ? special : finite))};
#endif
}

/// Calls work with a null pointer to the element type of arrays with this precision.
template <class Work>
void with_element_type(Precision precision, Work const& work) {
  if (precision == Precision::fp16) return work(static_cast<F16*>(nullptr));
  if (precision == Precision::bf16) return work(static_cast<Bf16*>(nullptr));
  return work(static_cast<float*>(nullptr));
}

}  // namespace moneta
