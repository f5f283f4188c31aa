// SPDX-License-Identifier: Apache-2.0
// No #pragma once: lstm_kernels.cc includes this file once per instruction set, in a separate
// namespace and after `#pragma GCC target`. g++ splits vectors that the instruction set does not
// support before it inlines, so the instruction set must be set where a function is defined, not
// where it is called.

/// Vectors of `Lanes` floats, with the compiler's vector extension so that one source file works
/// for every instruction set.
template <std::size_t Lanes>
struct Simd {
  typedef float Float __attribute__((vector_size(Lanes * 4)));
  typedef std::int32_t Int __attribute__((vector_size(Lanes * 4)));

  /// Subtracts 0 instead of adding it: that preserves -0, so the compiler removes the operation.
  static MONETA_INLINE Float all(float value) { return value - Float{}; }

  static MONETA_INLINE Float load(float const* from) {
    Float value;
    std::memcpy(&value, from, sizeof value);
    return value;
  }
  static MONETA_INLINE void store(float* to, Float value) { std::memcpy(to, &value, sizeof value); }
  /// Load or store only the first `count` elements; the others are 0, or not changed.
  static MONETA_INLINE Float load(float const* from, std::size_t count) {
    if (count >= Lanes) return load(from);
    Float value{};
    std::memcpy(&value, from, count * sizeof(float));
    return value;
  }
  static MONETA_INLINE void store(float* to, Float value, std::size_t count) {
    if (count >= Lanes) return store(to, value);
    std::memcpy(to, &value, count * sizeof(float));
  }

  /// Preserves NaN.
  static MONETA_INLINE Float clamp(Float x, float low, float high) {
    x = x > all(high) ? all(high) : x;
    return x < all(low) ? all(low) : x;
  }

  /// exp(x) = scale * (1 + rest) for |x| <= 87, where scale is a power of two and rest is exp(r) -
  /// 1 for the remainder |r| <= ln(2) / 2, with the polynomial of the Cephes library. The relative
  /// error is about 1e-7, also near 0.
  static MONETA_INLINE void split_exp(Float x, Float& scale, Float& rest) {
    Float const rounder = all(12582912.0f);  // 1.5 * 2^23: adding it rounds to an integer
    Float const shifted = x * 1.44269504f + rounder;
    Int const exponent = ((Int)shifted - 0x4B400000 + 127) << 23;
    scale = (Float)exponent;
    Float const n = shifted - rounder;
    Float const r = (x - n * 0.693359375f) - n * -2.12194440e-4f;
    Float p = all(1.9875691500e-4f);
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    rest = p * (r * r) + r;
  }
  static MONETA_INLINE Float sigmoid(Float x) {
    Float scale, rest;
    split_exp(-clamp(x, -87.0f, 87.0f), scale, rest);
    return 1.0f / (1.0f + (scale * rest + scale));
  }
  /// Computed from expm1(2x), which is accurate for small x.
  static MONETA_INLINE Float tanh(Float x) {
    Float scale, rest;
    split_exp(2.0f * clamp(x, -10.0f, 10.0f), scale, rest);
    Float const m = scale * rest + (scale - 1.0f);
    return m / (m + 2.0f);
  }
};
