// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

/// exp, sigmoid and tanh in float32 without branches and without calls, so that the compiler
/// vectorizes loops over them. They preserve NaN. The polynomials are those of the Cephes library.
namespace cuda_model {

/// exp(x) with a relative error below 2e-7 for x in [-87, 88]; x outside is clamped.
inline float fast_exp(float x) {
  constexpr float least = -87.0f, most = 88.0f, log2_e = 1.44269504f;
  constexpr float ln2_high = 0.693359375f, ln2_low = -2.12194440e-4f;
  constexpr float shift =
      12582912.0f;  // 1.5 * 2^23: its sum with a small number rounds that number
  float const above = x < least ? least : x;
  float const clamped = above > most ? most : above;
  float const shifted = clamped * log2_e + shift;
  float const exponent = shifted - shift;
  float const r = clamped - exponent * ln2_high - exponent * ln2_low;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  std::uint32_t const power = (std::bit_cast<std::uint32_t>(shifted) + 127u) << 23;
  return (p * r * r + r + 1.0f) * std::bit_cast<float>(power);
}

inline float sigmoid(float x) { return 1.0f / (1.0f + fast_exp(-x)); }

inline float hyperbolic_tangent(float x) {
  constexpr float small = 0.625f;
  float const square = x * x, magnitude = x < 0 ? -x : x;
  float p = -5.70498872745e-3f;
  p = p * square + 2.06390887954e-2f;
  p = p * square - 5.37397155531e-2f;
  p = p * square + 1.33314422036e-1f;
  p = p * square - 3.33332819422e-1f;
  float const near_zero = p * square * x + x;
  float const large = 1.0f - 2.0f / (fast_exp(2.0f * magnitude) + 1.0f);
  float const with_sign = x < 0 ? -large : large;
  return magnitude < small ? near_zero : with_sign;
}

}  // namespace cuda_model
