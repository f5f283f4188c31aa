// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "backend/operations.h"
#include "base/shape.h"

namespace moneta {
namespace {

TEST_P(Operations, GatherWindowsScalesClipsAndPads) {
  std::size_t const features = feature_count, steps = 6, row_count = 40;
  Floats rows = noise(row_count * features, 3, 1), mean = noise(features, 1, 2);
  Floats inverse = noise(features, 0.5f, 3);
  for (float& value : inverse) value += 2;
  rows[20 * features + 4] = 1e6f;
  rows[21 * features + 5] = -1e6f;
  std::vector<std::int64_t> const ends{
      5, 39, 20, 21, 22, 22, 25};  // including the first and the last possible one
  OnDevice<std::int64_t> const on_device(*backend_, ends);
  for (Precision const precision : {Precision::f32, Precision::bf16, Precision::fp16}) {
    for (std::size_t const width : {features, padded_feature_count, std::size_t{40}}) {
      Mixed const x(*backend_, precision, Floats(steps * ends.size() * width, 77.0f));
      backend_->gather_windows(device(rows).span(), on_device.span(), device(mean).span(),
                               device(inverse).span(), steps, x.view());
      Doubles expected;
      for (std::size_t t = 0; t < steps; ++t) {
        for (std::int64_t const end : ends) {
          std::size_t const row = static_cast<std::size_t>(end) + 1 + t - steps;
          for (std::size_t f = 0; f < width; ++f) {
            double const z = f < features ? (double{rows[row * features + f]} - double{mean[f]}) *
                                                double{inverse[f]}
                                          : 0.0;
            expected.push_back(std::fmin(std::fmax(z, -10.0), 10.0));
          }
        }
      }
      EXPECT_LE(relative_error(x.host(), expected), tolerance_of(precision));
    }
  }
}

TEST_P(Operations, GatherWindowsPreservesNan) {
  Floats rows(4, 1.0f);
  rows[2] = NAN;
  Mixed const x(*backend_, Precision::f32, Floats(4));
  OnDevice<std::int64_t> const ends(*backend_, {3});
  backend_->gather_windows(device(rows).span(), ends.span(), device({0.0f}).span(),
                           device({1.0f}).span(), 4, x.view());
  Floats const gathered = x.host();
  EXPECT_TRUE(std::isnan(gathered[2]));
  EXPECT_EQ(gathered[1], 1.0f);
}

TEST_P(Operations, DropoutUsesTheRandomNumbersOfEachSample) {
  DropoutSite const site{0x1234567890abcdefull, 0.3};
  DropoutMask const mask = DropoutMask::of(site);
  for (std::size_t const columns : {1u, 7u, 64u, 130u}) {
    std::size_t const steps = 5, batch = 6;
    std::vector<std::uint64_t> const samples{0, 1, 7, 1ull << 40, 12345, 99};
    Floats const in = noise(steps * batch * columns, 2, 4);
    for (Precision const precision : {Precision::f32, Precision::bf16, Precision::fp16}) {
      Mixed const from(*backend_, precision, in), to(*backend_, precision, in);
      OnDevice<std::uint64_t> const keys(*backend_, samples);
      backend_->dropout(from.view(), steps, batch, keys.span(), site, to.view());
      Doubles expected(in.size());
      for (std::size_t i = 0; i < in.size(); ++i) {
        std::size_t const c = i % columns, n = i / columns % batch, t = i / columns / batch;
        std::uint64_t const number = t * columns + c;
        PhiloxWords const words = philox(site.key, samples[n], number / 8);
        std::uint32_t const word = words.word[number % 8 / 2];
        std::uint32_t const random = number % 2 == 0 ? word & 0xFFFF : word >> 16;
        expected[i] = random >= mask.threshold ? double{from.host()[i]} * double{mask.scale} : 0.0;
      }
      Floats const dropped = to.host();
      EXPECT_LE(relative_error(dropped, expected), tolerance_of(precision));
      backend_->dropout(from.view(), steps, batch, keys.span(), site, from.view());
      EXPECT_EQ(from.host(), dropped) << "in place";
    }
  }
}

TEST_P(Operations, DropoutPreservesTheMeanAndDropsItsFraction) {
  std::size_t const count = 1 << 20;
  for (double const probability : {0.0, 0.1, 0.5, 1.0}) {
    Mixed const values(*backend_, Precision::f32, Floats(count, 1.0f));
    OnDevice<std::uint64_t> const samples(*backend_, {3});
    backend_->dropout(values.view(), 1, 1, samples.span(), {17, probability}, values.view());
    double sum = 0, dropped = 0;
    for (float const value : values.host()) {
      sum += double{value};
      dropped += value == 0 ? 1 : 0;
    }
    double const wide = 5 * std::sqrt(probability * (1 - probability) / count);  // 5 sigma
    EXPECT_NEAR(dropped / count, probability, wide + 1e-5) << probability;
    if (probability < 1) {
      EXPECT_NEAR(sum / count, 1, wide / (1 - probability) + 1e-5) << probability;
    }
  }
}

TEST_P(Operations, FinalStatesAreGatheredAndScattered) {
  for (std::size_t const directions : {1, 2}) {
    for (Precision const precision : {Precision::f32, Precision::bf16, Precision::fp16}) {
      LstmShape const shape{4, 3, 8, 8, 5, directions, precision, true};
      std::size_t const columns = 17, column = 6, width = shape.outputs();
      Mixed const y(*backend_, precision, noise(shape.steps * shape.batch * width, 1, 5));
      auto const states = device(Floats(shape.batch * columns, 9.0f));
      backend_->final_states(y.view(), shape, states.span(), columns, column);
      Mixed const dy(*backend_, precision, Floats(y.view().size, 3.0f));
      backend_->final_states_backward(states.span(), shape, columns, column, dy.view());

      Floats const all = y.host(), gathered = states.host(), scattered = dy.host();
      for (std::size_t n = 0; n < shape.batch; ++n) {
        for (std::size_t j = 0; j < columns; ++j) {
          bool const ours = j >= column && j < column + width;
          std::size_t const t = j - column < shape.hidden ? shape.steps - 1 : 0;
          float const expected = ours ? all[(t * shape.batch + n) * width + j - column] : 9.0f;
          EXPECT_EQ(gathered[n * columns + j], expected) << n << ' ' << j;
        }
      }
      for (std::size_t i = 0; i < scattered.size(); ++i) {
        std::size_t const t = i / width / shape.batch, j = i % width;
        bool const end = t == (j < shape.hidden ? shape.steps - 1 : 0);
        EXPECT_EQ(scattered[i], end ? all[i] : 0.0f) << i;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Backends, Operations, testing::ValuesIn(backends_under_test()),
                         [](auto const& each) { return each.param.name; });

}  // namespace
}  // namespace moneta
