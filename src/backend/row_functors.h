// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstddef>

#include "base/host_device.h"

/// Formulas in which the elements of a row depend on each other. operator()(row, lanes) computes
/// one row; `lanes` are the threads that share it and provide
///   each(n, f)    calls f(0) ... f(n - 1)
///   sum(n, f)     the sum of f(0) ... f(n - 1), in an order that depends on n only
///   largest(n, f) their maximum; NaN is ignored
/// Every lane receives the same sum and maximum.
namespace moneta {

/// The lanes of a CPU loop: one thread, whose partial sums the compiler keeps in vector registers.
struct OneThread {
  static constexpr std::size_t width = 16;

  template <class F>
  void each(std::size_t n, F const& f) const {
    for (std::size_t i = 0; i < n; ++i) f(i);
  }
  template <class F>
  float sum(std::size_t n, F const& f) const {
    float sums[width] = {};
    std::size_t i = 0;
    for (; i + width <= n; i += width)
      for (std::size_t lane = 0; lane < width; ++lane) sums[lane] += f(i + lane);
    for (; i < n; ++i) sums[i % width] += f(i);
    for (std::size_t half = width / 2; half > 0; half /= 2)
      for (std::size_t lane = 0; lane < half; ++lane) sums[lane] += sums[lane + half];
    return sums[0];
  }
  template <class F>
  float largest(std::size_t n, F const& f) const {
    float result = f(0);
    for (std::size_t i = 1; i < n; ++i) result = std::fmax(result, f(i));
    return result;
  }
};

/// Mean and 1 / standard deviation of a row, as LayerNormalizer stores them.
struct RowMoments {
  float mean, inverse_stddev;
};

/// y = (x - mean) / sqrt(variance + epsilon) * weight + bias with the moments of each row, as
/// torch.nn.LayerNorm computes them (Ba, Kiros and Hinton, "Layer Normalization"). x, y [M,C].
struct LayerNormalizer {
  static constexpr float epsilon = 1e-5f;

  float const* x;
  float const* weight;  ///< [C]
  float const* bias;    ///< [C]
  std::size_t columns;
  float* y;
  RowMoments* moments;  ///< [M]

  template <class Lanes>
  MONETA_HD void operator()(std::size_t row, Lanes const& lanes) const {
    float const* const in = x + row * columns;
    float* const out = y + row * columns;
    auto const count = static_cast<float>(columns);
    float const mean = lanes.sum(columns, [=](std::size_t i) { return in[i]; }) / count;
    float const squares = lanes.sum(columns, [=](std::size_t i) {
      float const gap = in[i] - mean;
      return gap * gap;
    });
    float const inverse_stddev = 1.0f / std::sqrt(squares / count + epsilon);
    float const* const factor = weight;
    float const* const offset = bias;
    lanes.each(columns, [=](std::size_t i) {
      out[i] = (in[i] - mean) * inverse_stddev * factor[i] + offset[i];
    });
    RowMoments* const stored = moments;
    lanes.each(1, [=](std::size_t) { stored[row] = {mean, inverse_stddev}; });
  }
};

/// dx += the gradient of LayerNormalizer's input. x, dy, dx [M,C].
struct LayerNormGradient {
  float const* x;
  RowMoments const* moments;  ///< [M]
  float const* weight;        ///< [C]
  float const* dy;
  std::size_t columns;
  float* dx;

  template <class Lanes>
  MONETA_HD void operator()(std::size_t row, Lanes const& lanes) const {
    float const* const in = x + row * columns;
    float const* const slope = dy + row * columns;
    float const* const factor = weight;
    float* const out = dx + row * columns;
    auto const [mean, inverse_stddev] = moments[row];
    float const mu = mean, rate = inverse_stddev;  // g++ 11 does not capture structured bindings
    auto const count = static_cast<float>(columns);
    float const sum = lanes.sum(columns, [=](std::size_t i) { return slope[i] * factor[i]; });
    float const product = lanes.sum(
        columns, [=](std::size_t i) { return slope[i] * factor[i] * ((in[i] - mu) * rate); });
    float const a = sum / count, b = product / count;
    lanes.each(columns, [=](std::size_t i) {
      float const normal = (in[i] - mu) * rate;
      out[i] += rate * (slope[i] * factor[i] - a - normal * b);
    });
  }
};

/// sums[o] += the gradient of LayerNormalizer's weight o, the sum of dy (x - mean) / stddev over
/// the rows, in double; called as ColumnSummer is.
struct NormWeightSummer {
  float const* x;
  RowMoments const* moments;  ///< [M]
  float const* dy;
  std::size_t batch, outputs;  ///< M, C
  float* sums;

  MONETA_HD double value(std::size_t n, std::size_t o) const {
    float const normal = (x[n * outputs + o] - moments[n].mean) * moments[n].inverse_stddev;
    return double{dy[n * outputs + o]} * double{normal};
  }
  MONETA_HD void add(std::size_t o, double sum) const { sums[o] += static_cast<float>(sum); }
};

/// Every row of x [R,C] = softmax(scale * row), in place.
struct SoftmaxRow {
  float* x;
  std::size_t columns;
  float scale;

  template <class Lanes>
  MONETA_HD void operator()(std::size_t row, Lanes const& lanes) const {
    float* const values = x + row * columns;
    float const factor = scale;
    float const largest = lanes.largest(columns, [=](std::size_t i) { return factor * values[i]; });
    lanes.each(columns, [=](std::size_t i) { values[i] = std::exp(factor * values[i] - largest); });
    float const sum = lanes.sum(columns, [=](std::size_t i) { return values[i]; });
    float const inverse = 1.0f / sum;
    lanes.each(columns, [=](std::size_t i) { values[i] *= inverse; });
  }
};

/// d = scale * p * (d - sum of p * d) for every row: the gradient of the scores that SoftmaxRow
/// made the probabilities p [R,C] of. d [R,C] is the gradient of p.
struct SoftmaxGradient {
  float const* p;
  float* d;
  std::size_t columns;
  float scale;

  template <class Lanes>
  MONETA_HD void operator()(std::size_t row, Lanes const& lanes) const {
    float const* const probability = p + row * columns;
    float* const slope = d + row * columns;
    float const factor = scale;
    float const mean = lanes.sum(columns, [=](std::size_t i) { return probability[i] * slope[i]; });
    lanes.each(columns,
               [=](std::size_t i) { slope[i] = factor * probability[i] * (slope[i] - mean); });
  }
};

}  // namespace moneta
