// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "backend/operations.h"

namespace moneta {
namespace {

/// The operations of Transformer blocks.
class TransformerOperations : public Operations {};

struct RowSize {
  std::size_t rows, columns;
};
std::vector<RowSize> const row_sizes{{1, 1}, {3, 2}, {7, 33}, {65, 16}, {40, 257}};

struct Moments {
  double mean, inverse_stddev;
};

Moments moments_of(std::vector<float> const& x, std::size_t row, std::size_t columns) {
  double mean = 0, variance = 0;
  for (std::size_t i = 0; i < columns; ++i) mean += double{x[row * columns + i]};
  mean /= static_cast<double>(columns);
  for (std::size_t i = 0; i < columns; ++i) {
    double const gap = double{x[row * columns + i]} - mean;
    variance += gap * gap / static_cast<double>(columns);
  }
  return {mean, 1 / std::sqrt(variance + 1e-5)};
}

TEST_P(TransformerOperations, LayerNormAndItsGradientsEqualTheReference) {
  for (auto const& [rows, columns] : row_sizes) {
    if (columns == 1) continue;  // x - mean is only rounding
    Floats const x = noise(rows * columns, 1, 1), dy = noise(rows * columns, 1, 2);
    Floats const weight = noise(columns, 1, 3), bias = noise(columns, 1, 4);
    Floats const dx_before = noise(x.size(), 1, 5), dw_before = noise(columns, 1, 6);
    Floats const db_before = noise(columns, 1, 7);
    Doubles y(x.size()), dx(dx_before.begin(), dx_before.end());
    Doubles dw(dw_before.begin(), dw_before.end()), db(db_before.begin(), db_before.end());
    for (std::size_t row = 0; row < rows; ++row) {
      auto const [mean, inverse] = moments_of(x, row, columns);
      double sum = 0, product = 0;
      for (std::size_t i = 0; i < columns; ++i) {
        std::size_t const at = row * columns + i;
        double const normal = (double{x[at]} - mean) * inverse;
        y[at] = normal * double{weight[i]} + double{bias[i]};
        sum += double{dy[at]} * double{weight[i]} / static_cast<double>(columns);
        product += double{dy[at]} * double{weight[i]} * normal / static_cast<double>(columns);
        dw[i] += double{dy[at]} * normal;
        db[i] += double{dy[at]};
      }
      for (std::size_t i = 0; i < columns; ++i) {
        std::size_t const at = row * columns + i;
        double const normal = (double{x[at]} - mean) * inverse;
        dx[at] += inverse * (double{dy[at]} * double{weight[i]} - sum - normal * product);
      }
    }
    auto const on_x = device(x), on_weight = device(weight), moments = device(Floats(2 * rows));
    auto const y_out = device(Floats(x.size(), 5.0f)), dx_out = device(dx_before);
    auto const dw_out = device(dw_before), db_out = device(db_before);
    backend_->layer_norm(on_x.span(), on_weight.span(), device(bias).span(), y_out.span(),
                         moments.span());
    backend_->layer_norm_backward(on_x.span(), moments.span(), on_weight.span(), device(dy).span(),
                                  dx_out.span(), dw_out.span(), db_out.span());
    EXPECT_LE(relative_error(y_out.host(), y), 2 * f32_tolerance) << columns;
    EXPECT_LE(relative_error(dx_out.host(), dx), 2 * f32_tolerance) << columns;
    EXPECT_LE(relative_error(dw_out.host(), dw), 2 * f32_tolerance) << columns;
    EXPECT_LE(relative_error(db_out.host(), db), f32_tolerance) << columns;
  }
}

TEST_P(TransformerOperations, SoftmaxAndItsGradientEqualTheReference) {
  for (auto const& [rows, columns] : row_sizes) {
    Floats scores = noise(rows * columns, 4, 8);
    if (columns > 1) scores[0] = 400;  // exp of it overflows float32
    Floats const dp = noise(scores.size(), 1, 9);
    double const scale = 0.35;
    Doubles p(scores.size()), ds(scores.size());
    for (std::size_t row = 0; row < rows; ++row) {
      std::size_t const begin = row * columns;
      double largest = double{scores[begin]}, sum = 0, mean = 0;
      for (std::size_t i = begin; i < begin + columns; ++i)
        largest = std::max(largest, double{scores[i]});
      for (std::size_t i = begin; i < begin + columns; ++i) {
        p[i] = std::exp(scale * (double{scores[i]} - largest));
        sum += p[i];
      }
      for (std::size_t i = begin; i < begin + columns; ++i) {
        p[i] /= sum;
        mean += p[i] * double{dp[i]};
      }
      for (std::size_t i = begin; i < begin + columns; ++i)
        ds[i] = scale * p[i] * (double{dp[i]} - mean);
    }
    auto const x = device(scores), d = device(dp);
    backend_->softmax(x.span(), columns, static_cast<float>(scale));
    EXPECT_LE(relative_error(x.host(), p), 5e-6) << columns;
    backend_->softmax_backward(x.span(), columns, static_cast<float>(scale), d.span());
    if (columns == 1) continue;
    EXPECT_LE(relative_error(d.host(), ds), 5e-6) << columns;
  }
}

TEST_P(TransformerOperations, SoftmaxOfNanIsNan) {
  auto const x = device({1.0f, NAN, 2.0f, 0.0f});
  backend_->softmax(x.span(), 2, 1.0f);
  Floats const p = x.host();
  EXPECT_TRUE(std::isnan(p[1])) << "a NaN must stay visible";
  EXPECT_NEAR(p[2] + p[3], 1.0f, 1e-6f) << "and in its row";
}

TEST_P(TransformerOperations, BatchedProductsEqualTheReference) {
  for (auto const& [count, m, n, k] : {std::array<std::size_t, 4>{1, 1, 1, 1},
                                       {3, 4, 5, 6},
                                       {7, 17, 17, 9},
                                       {12, 1, 33, 2},
                                       {2, 60, 60, 16}}) {
    for (int transposes = 0; transposes < 4; ++transposes) {
      bool const transpose_a = transposes % 2 != 0, transpose_b = transposes / 2 != 0;
      Floats const a = noise(count * m * k, 1, 10), b = noise(count * k * n, 1, 11);
      Doubles expected(count * m * n);
      for (std::size_t c = 0; c < count; ++c) {
        for (std::size_t i = 0; i < m; ++i) {
          for (std::size_t j = 0; j < n; ++j) {
            for (std::size_t l = 0; l < k; ++l) {
              double const left = double{a[c * m * k + (transpose_a ? l * m + i : i * k + l)]};
              double const right = double{b[c * k * n + (transpose_b ? j * k + l : l * n + j)]};
              expected[(c * m + i) * n + j] += left * right;
            }
          }
        }
      }
      auto const out = device(Floats(expected.size(), NAN));
      backend_->multiply({transpose_a, transpose_b, count, m, n, k}, device(a).span(),
                         device(b).span(), out.span());
      EXPECT_LE(relative_error(out.host(), expected), f32_tolerance) << count << " " << transposes;
    }
  }
}

TEST_P(TransformerOperations, HeadsAreSplitAndMerged) {
  HeadShape const shape{3, 2, 5};
  std::size_t const sequences = 4, size = sequences * 3 * 2 * 5;
  Floats const rows = noise(size, 1, 12);
  auto const on_rows = device(rows), by_head = device(Floats(size)), back = device(Floats(size));
  backend_->split_heads(shape, on_rows.span(), by_head.span());
  Floats const split = by_head.host();
  for (std::size_t s = 0; s < sequences; ++s)
    for (std::size_t t = 0; t < 3; ++t)
      for (std::size_t h = 0; h < 2; ++h)
        for (std::size_t j = 0; j < 5; ++j)
          EXPECT_EQ(split[((s * 2 + h) * 3 + t) * 5 + j], rows[(s * 3 + t) * 10 + h * 5 + j]);
  backend_->merge_heads(shape, by_head.span(), back.span());
  EXPECT_EQ(back.host(), rows);
}

TEST_P(TransformerOperations, SequencesAreReadAndWrittenInEveryPrecision) {
  SequenceRange const range{4, 5, 2, 3};  // T, N, the sequences 2 to 4
  std::size_t const columns = 3;
  for (Precision const precision : {Precision::f32, Precision::bf16, Precision::fp16}) {
    Mixed const y(*backend_, precision, noise(4 * 5 * columns, 1, 13));
    Floats const whole = y.host();
    auto const x = device(Floats(range.count * range.steps * columns));
    backend_->read_sequences(y.view(), range, x.span());
    Floats read = x.host();
    for (std::size_t s = 0; s < range.count; ++s)
      for (std::size_t t = 0; t < range.steps; ++t)
        for (std::size_t c = 0; c < columns; ++c)
          EXPECT_EQ(read[(s * 4 + t) * columns + c], whole[(t * 5 + 2 + s) * columns + c]);
    for (float& value : read) value = -value;
    backend_->write_sequences(device(read).span(), range, y.view());
    Floats const changed = y.host();
    for (std::size_t t = 0; t < 4; ++t)
      for (std::size_t n = 0; n < 5; ++n)
        for (std::size_t c = 0; c < columns; ++c) {
          std::size_t const at = (t * 5 + n) * columns + c;
          EXPECT_EQ(changed[at], n < 2 ? whole[at] : -whole[at]);
        }
  }
}

TEST_P(TransformerOperations, TimeMeanAndItsGradientEqualTheReference) {
  SequenceRange const range{6, 5, 1, 3};
  std::size_t const width = 4, columns = 9, column = 3;
  Floats const rows = noise(range.count * range.steps * width, 1, 14);
  Floats const before = noise(range.batch * columns, 1, 15);
  auto const states = device(before), d_rows = device(Floats(rows.size()));
  backend_->time_mean(device(rows).span(), range, states.span(), columns, column);
  Floats const after = states.host();
  for (std::size_t n = 0; n < range.batch; ++n) {
    for (std::size_t c = 0; c < columns; ++c) {
      bool const written = n >= 1 && n < 4 && c >= column && c < column + width;
      double mean = 0;
      for (std::size_t t = 0; written && t < 6; ++t)
        mean += double{rows[((n - 1) * 6 + t) * width + c - column]} / 6;
      EXPECT_NEAR(double{after[n * columns + c]}, written ? mean : double{before[n * columns + c]},
                  1e-6);
    }
  }
  backend_->time_mean_backward(states.span(), range, columns, column, d_rows.span());
  Floats const slopes = d_rows.host();
  for (std::size_t i = 0; i < slopes.size(); ++i) {
    std::size_t const s = i / width / 6, c = i % width;
    EXPECT_FLOAT_EQ(slopes[i], after[(1 + s) * columns + column + c] / 6);
  }
}

TEST_P(TransformerOperations, AddMayWriteToEitherSummand) {
  Floats const a = noise(1001, 1, 16), b = noise(1001, 1, 17);
  for (int out = 0; out < 2; ++out) {
    auto const on_a = device(a), on_b = device(b);
    backend_->add(on_a.span(), on_b.span(), (out == 0 ? on_a : on_b).span());
    Floats const sum = (out == 0 ? on_a : on_b).host();
    for (std::size_t i = 0; i < sum.size(); ++i) EXPECT_EQ(sum[i], a[i] + b[i]);
  }
}

TEST_P(TransformerOperations, LinearBackwardCanAddToTheGradientOfItsInput) {
  std::size_t const batch = 5, inputs = 7, outputs = 3;
  Floats const x = noise(batch * inputs, 1, 18), w = noise(outputs * inputs, 1, 19);
  Floats const dy = noise(batch * outputs, 1, 20), before = noise(x.size(), 1, 21);
  auto const run = [&](Floats const& start, InputGradient mode) {
    auto const dx = device(start), dw = device(Floats(w.size())), db = device(Floats(outputs));
    backend_->linear_backward(device(x).span(), device(w).span(), device(dy).span(), dx.span(),
                              dw.span(), db.span(), mode);
    return dx.host();
  };
  Floats const alone = run(before, InputGradient::overwrite);
  Doubles expected;
  for (std::size_t i = 0; i < x.size(); ++i)
    expected.push_back(double{before[i]} + double{alone[i]});
  EXPECT_LE(relative_error(run(before, InputGradient::add), expected), f32_tolerance);
}

INSTANTIATE_TEST_SUITE_P(Backends, TransformerOperations, testing::ValuesIn(backends_under_test()),
                         [](auto const& each) { return each.param.name; });

}  // namespace
}  // namespace moneta
