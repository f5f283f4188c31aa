// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "backend/backend.h"
#include "base/host_device.h"
#include "base/philox.h"

/// The element-wise formulas of all backends. A functor holds pointers of one memory space;
/// operator()(i) does element i and touches no other, so that a loop or a kernel can run it.
namespace moneta {

/// A bfloat16: the upper half of a float32.
struct Bf16 {
  std::uint16_t bits;
};

MONETA_HD inline float to_float(float value) { return value; }
MONETA_HD inline float to_float(Bf16 value) {
  std::uint32_t const bits = std::uint32_t{value.bits} << 16;
  float result;
  memcpy(&result, &bits, sizeof result);
  return result;
}

/// A float as Element; to bf16 it rounds to nearest, ties to even, and keeps NaN.
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

/// x [T,N,width] = clamp((row - mean) / deviation, -10, 10), zeros from `features` on.
/// Window n ends with row ends[n]; rows [R,F].
template <class Element>
struct WindowGatherer {
  float const* rows;
  std::int64_t const* ends;
  float const* mean;            ///< [F]
  float const* inverse_stddev;  ///< [F]
  std::size_t steps, batch, features, width;
  Element* x;

  /// Where the bar of step t in window n starts in `rows`.
  MONETA_HD float const* bar(std::size_t t, std::size_t n) const {
    std::int64_t const row =
        ends[n] - static_cast<std::int64_t>(steps) + 1 + static_cast<std::int64_t>(t);
    return rows + row * static_cast<std::int64_t>(features);
  }
  /// Feature f scaled; written so that NaN stays NaN.
  MONETA_HD float scaled(float value, std::size_t f) const {
    float const z = (value - mean[f]) * inverse_stddev[f];
    float const low = z < -10.0f ? -10.0f : z;
    return low > 10.0f ? 10.0f : low;
  }
  MONETA_HD void operator()(std::size_t i) const {
    std::size_t const f = i % width;
    std::size_t const row = i / width;
    float const value = f < features ? scaled(bar(row / batch, row % batch)[f], f) : 0.0f;
    x[i] = from_float<Element>(value);
  }
};

/// Which elements dropout keeps. Number k of a sample is 16 bits of philox(key, sample, k / 8):
/// half k % 2 (low first) of word (k % 8) / 2. The element is kept when they are not below
/// `threshold`, the probability in 1/65536; `scale` belongs to that rounded probability, so that
/// the expectation is exact.
struct DropoutMask {
  std::uint64_t key;
  std::uint32_t threshold;
  float scale;

  static DropoutMask of(DropoutSite place) {
    auto const threshold = static_cast<std::uint32_t>(std::lround(place.probability * 65536.0));
    double const kept = 65536.0 - threshold;
    return {place.key, threshold, kept > 0 ? static_cast<float>(65536.0 / kept) : 0.0f};
  }
  MONETA_HD static std::uint32_t number_bits(PhiloxWords const& words, std::size_t number) {
    return (words.word[number % 8 / 2] >> (number % 2 * 16)) & 0xFFFFu;
  }
  MONETA_HD float apply(float value, std::uint32_t random) const {
    float const scaled = value * scale;
    std::uint32_t bits;  // masked as bits: g++ does not vectorise the loop around a ?: here
    memcpy(&bits, &scaled, sizeof bits);
    bits &= 0u - static_cast<std::uint32_t>(random >= threshold);
    float kept;
    memcpy(&kept, &bits, sizeof kept);
    return kept;
  }
};

/// Dropout over [T,N,C]: operator()(i) does the eight numbers of group i % groups() of sample
/// i / groups(); there are N * groups() of them.
template <class Element>
struct Dropper {
  DropoutMask mask;
  std::uint64_t const* samples;
  std::size_t steps, batch, columns;
  Element const* in;
  Element* out;

  MONETA_HD std::size_t groups() const { return (steps * columns + 7) / 8; }
  MONETA_HD void operator()(std::size_t i) const {
    std::size_t const n = i / groups();
    std::size_t const group = i % groups();
    PhiloxWords const words = philox(mask.key, samples[n], group);
    for (std::size_t number = group * 8; number < group * 8 + 8; ++number) {
      if (number >= steps * columns) return;
      std::size_t const at = (number / columns * batch + n) * columns + number % columns;
      float const kept = mask.apply(to_float(in[at]), DropoutMask::number_bits(words, number));
      out[at] = from_float<Element>(kept);
    }
  }
};

/// The two ends of a layer's output [T,N,DH] and the states [N, columns] they fill.
template <class Element, class State>
struct FinalStates {
  Element* y;
  State* states;
  std::size_t steps, batch, hidden, directions, columns, column;

  MONETA_HD std::size_t width() const { return directions * hidden; }
};

/// states = the ends of y; operator()(i) over [N,DH].
template <class Element>
struct StateGatherer : FinalStates<Element const, float> {
  MONETA_HD void operator()(std::size_t i) const {
    std::size_t const n = i / this->width();
    std::size_t const j = i % this->width();
    std::size_t const t = j < this->hidden ? this->steps - 1 : 0;
    this->states[n * this->columns + this->column + j] =
        to_float(this->y[(t * this->batch + n) * this->width() + j]);
  }
};

/// The ends of y = states; operator()(i) over [N,DH]. The rest of y is left as it is.
template <class Element>
struct StateScatterer : FinalStates<Element, float const> {
  MONETA_HD void operator()(std::size_t i) const {
    std::size_t const n = i / this->width();
    std::size_t const j = i % this->width();
    std::size_t const t = j < this->hidden ? this->steps - 1 : 0;
    this->y[(t * this->batch + n) * this->width() + j] =
        from_float<Element>(this->states[n * this->columns + this->column + j]);
  }
};

/// y [N,O]: every row is b [O].
struct RowRepeater {
  float const* b;
  std::size_t outputs;
  float* y;
  MONETA_HD void operator()(std::size_t i) const { y[i] = b[i % outputs]; }
};

/// sums[o] += the sum of column o of values [N,O].
struct ColumnSummer {
  float const* values;
  std::size_t batch, outputs;
  float* sums;
  MONETA_HD void operator()(std::size_t o) const {
    double sum = 0;
    for (std::size_t n = 0; n < batch; ++n) sum += double{values[n * outputs + o]};
    sums[o] += static_cast<float>(sum);
  }
};

/// x = max(x, 0); NaN stays NaN, so that it cannot hide.
struct Rectifier {
  float* x;
  MONETA_HD void operator()(std::size_t i) const { x[i] = x[i] < 0.0f ? 0.0f : x[i]; }
};

/// dx = 0 where y <= 0.
struct RectifierGradient {
  float const* y;
  float* dx;
  MONETA_HD void operator()(std::size_t i) const { dx[i] = y[i] <= 0.0f ? 0.0f : dx[i]; }
};

/// Loss of window n as torch.nn.MSELoss and torch.nn.HuberLoss define it.
struct LossTerm {
  LossFunction function;
  float delta;  ///< huber: where the square ends
  float const* prediction;
  float const* target;
  std::size_t valid_count;
  float scale;
  float* d_prediction;

  MONETA_HD double value(std::size_t n) const {
    double const error = double{prediction[n]} - double{target[n]};
    if (function == LossFunction::mse) return error * error;
    double const size = std::fabs(error);
    return size <= delta ? 0.5 * error * error : delta * (size - 0.5 * delta);
  }
  MONETA_HD void operator()(std::size_t n) const {
    float const error = prediction[n] - target[n];
    float slope = 2.0f * error;
    if (function == LossFunction::huber)
      slope = error > delta ? delta : (error < -delta ? -delta : error);
    d_prediction[n] = n < valid_count ? scale * slope : 0.0f;
  }
};

/// AdamW for element i in the order of torch.optim.AdamW: decay, means, step.
struct AdamwUpdater {
  float* params;
  float* m;  ///< running mean of the gradient
  float* v;  ///< running mean of its square
  float const* gradients;
  float gradient_scale, decay, beta2, one_minus_beta1, one_minus_beta2;
  float step_size, root_bias2, epsilon;

  static AdamwUpdater of(AdamwStep const& step, float* params, float* m, float* v,
                         float const* gradients) {
    auto const f32 = [](double value) { return static_cast<float>(value); };
    return {params,
            m,
            v,
            gradients,
            f32(step.gradient_scale),
            f32(1 - step.learning_rate * step.weight_decay),
            f32(step.beta2),
            f32(1 - step.beta1),
            f32(1 - step.beta2),
            f32(step.learning_rate / step.bias1),
            f32(std::sqrt(step.bias2)),
            f32(step.epsilon)};
  }
  MONETA_HD void operator()(std::size_t i) const {
    float const gradient = gradient_scale * gradients[i];
    float const mean = m[i] + one_minus_beta1 * (gradient - m[i]);
    float const square = beta2 * v[i] + one_minus_beta2 * gradient * gradient;
    m[i] = mean;
    v[i] = square;
    float const root = std::sqrt(square) / root_bias2 + epsilon;
    params[i] = params[i] * decay - step_size * (mean / root);
  }
};

}  // namespace moneta
