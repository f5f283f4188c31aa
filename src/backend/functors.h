// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "backend/backend.h"
#include "backend/element_type.h"
#include "base/host_device.h"
#include "base/loss.h"
#include "base/philox.h"

/// The element-wise formulas of all backends. A functor holds pointers into one memory space;
/// operator()(i) computes element i and modifies no other, so that a loop or a kernel can run it.
namespace moneta {

/// x [T,N,width] = clamp((row - mean) / stddev, -10, 10), zeros from column `features` on.
/// Window n ends with row ends[n]; rows [R,F].
template <class Element>
struct WindowGatherer {
  float const* rows;
  std::int64_t const* ends;
  float const* mean;            ///< [F]
  float const* inverse_stddev;  ///< [F]
  std::size_t steps, batch, features, width;
  Element* x;

  /// The bar of step t in window n.
  MONETA_HD float const* bar(std::size_t t, std::size_t n) const {
    std::int64_t const row =
        ends[n] - static_cast<std::int64_t>(steps) + 1 + static_cast<std::int64_t>(t);
    return rows + row * static_cast<std::int64_t>(features);
  }
  /// Scaled value of feature f. The comparisons preserve NaN.
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

/// Which elements a dropout site keeps. Random number k of a sample is 16 bits of
/// philox(key, sample, k / 8): half k % 2 (low first) of word (k % 8) / 2. The element is kept if
/// the number is not less than `threshold`, which is the probability in units of 1/65536. `scale`
/// is computed from that rounded probability, so that the expectation is exact.
struct DropoutMask {
  std::uint64_t key;
  std::uint32_t threshold;
  float scale;

  static DropoutMask of(DropoutSite site) {
    auto const threshold = static_cast<std::uint32_t>(std::lround(site.probability * 65536.0));
    double const kept = 65536.0 - threshold;
    return {site.key, threshold, kept > 0 ? static_cast<float>(65536.0 / kept) : 0.0f};
  }
  MONETA_HD static std::uint32_t number_bits(PhiloxWords const& words, std::size_t number) {
    return (words.word[number % 8 / 2] >> (number % 2 * 16)) & 0xFFFFu;
  }
  MONETA_HD float apply(float value, std::uint32_t random) const {
    float const scaled = value * scale;
    std::uint32_t bits;  // a bit mask, because g++ does not vectorize a loop with ?: here
    memcpy(&bits, &scaled, sizeof bits);
    bits &= 0u - static_cast<std::uint32_t>(random >= threshold);
    float kept;
    memcpy(&kept, &bits, sizeof kept);
    return kept;
  }
};

/// Dropout over [T,N,C]. operator()(i) computes the eight elements of group i % groups() of window
/// i / groups(), for i < N * groups().
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
      std::size_t const index = (number / columns * batch + n) * columns + number % columns;
      float const kept = mask.apply(to_float(in[index]), DropoutMask::number_bits(words, number));
      out[index] = from_float<Element>(kept);
    }
  }
};

/// Dropout over [T,N,C] with C a multiple of 8 and arrays aligned to 16 bytes: the result of
/// Dropper. Rows are the T*N rows of C elements; work(g) of a row computes its elements 8g to 8g+7
/// with one vector load and store of 16-bit elements, two of floats.
template <class Element>
struct RowDropper {
  static constexpr std::size_t width = 8;  ///< elements that one Philox call serves
  struct alignas(16) Group {
    Element value[width];
  };
  DropoutMask mask;
  std::uint64_t const* samples;
  std::uint32_t batch, groups;  ///< N, C / 8
  Group const* in;
  Group* out;

  struct Row {
    DropoutMask mask;
    std::uint64_t sample;
    std::uint64_t first;  ///< Philox counter of the first group
    Group const* in;
    Group* out;

    MONETA_HD void operator()(std::uint32_t group) const {
      Group const given = in[group];
      PhiloxWords const words = philox(mask.key, sample, first + group);
      Group kept;
      for (std::size_t i = 0; i < width; ++i) {
        float const value =
            mask.apply(to_float(given.value[i]), DropoutMask::number_bits(words, i));
        kept.value[i] = from_float<Element>(value);
      }
      out[group] = kept;
    }
  };

  /// Whether this functor can compute what `dropper` does. Kernels count rows and groups in 32
  /// bits, and round them up to whole blocks of threads.
  static bool fits(Dropper<Element> const& dropper) {
    constexpr std::size_t most = 0x7FFFFFFF;
    auto const address = reinterpret_cast<std::uintptr_t>(dropper.in) |
                         reinterpret_cast<std::uintptr_t>(dropper.out);
    return dropper.columns % width == 0 && address % alignof(Group) == 0 &&
           dropper.steps * dropper.batch <= most && dropper.columns / width <= most;
  }
  static RowDropper of(Dropper<Element> const& dropper) {
    return {dropper.mask,
            dropper.samples,
            static_cast<std::uint32_t>(dropper.batch),
            static_cast<std::uint32_t>(dropper.columns / width),
            reinterpret_cast<Group const*>(dropper.in),
            reinterpret_cast<Group*>(dropper.out)};
  }
  MONETA_HD Row row(std::uint32_t number) const {
    std::uint32_t const t = number / batch;
    std::uint64_t const offset = std::uint64_t{number} * groups;
    return {mask, samples[number - t * batch], std::uint64_t{t} * groups, in + offset,
            out + offset};
  }
};

/// A layer's output y [T,N,DH] and the columns of states [N, columns] for its final states.
template <class Element, class State>
struct FinalStates {
  Element* y;
  State* states;
  std::size_t steps, batch, hidden, directions, columns, column;

  MONETA_HD std::size_t width() const { return directions * hidden; }
};

/// states = final states of y; operator()(i) over [N,DH].
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

/// Final states of y = states; operator()(i) over [N,DH]. Does not change the rest of y.
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

/// Every row of y [N,O] = b [O].
struct RowRepeater {
  float const* b;
  std::size_t outputs;
  float* y;
  MONETA_HD void operator()(std::size_t i) const { y[i] = b[i % outputs]; }
};

/// sums[o] += the sum of column o of values [N,O], in double. A loop or a block of GPU threads adds
/// up value(n, o) over n, in a fixed order, and calls add(o, sum).
struct ColumnSummer {
  float const* values;
  std::size_t batch, outputs;
  float* sums;
  MONETA_HD double value(std::size_t n, std::size_t o) const {
    return double{values[n * outputs + o]};
  }
  MONETA_HD void add(std::size_t o, double sum) const { sums[o] += static_cast<float>(sum); }
};

/// x = max(x, 0), but preserves NaN, so that errors stay visible.
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

/// Loss of window n and its derivative; operator()(n) over the padded batch, value(n) over the
/// valid windows.
struct LossTerm {
  LossFunction function;
  float delta;  ///< see loss_of_error
  float const* prediction;
  float const* target;
  std::size_t valid_count;
  float scale;
  float* d_prediction;

  MONETA_HD double value(std::size_t n) const {
    return loss_of_error(function, double{delta}, double{prediction[n]} - double{target[n]});
  }
  MONETA_HD void operator()(std::size_t n) const {
    float const error = prediction[n] - target[n];
    float slope = 2.0f * error;
    if (function == LossFunction::huber)
      slope = error > delta ? delta : (error < -delta ? -delta : error);
    d_prediction[n] = n < valid_count ? scale * slope : 0.0f;
  }
};

/// AdamW for element i, in the order of torch.optim.AdamW: weight decay, moments, step.
struct AdamwUpdater {
  float* params;
  float* m;  ///< first moment
  float* v;  ///< second moment
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
