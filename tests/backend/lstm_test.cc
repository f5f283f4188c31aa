// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "backend/cpu/lstm_f32.h"
#include "backend/cpu/lstm_onednn.h"
#include "backend/cpu/make.h"
#include "backend/cpu/onednn.h"
#include "backend/lstm_layer.h"
#include "backend/reference_lstm.h"

namespace moneta {
namespace {

/// Products of bf16 numbers have 8 bits of precision; the gates are summed in f32.
constexpr double f32_tolerance = 1e-5, bf16_tolerance = 3e-2;

std::vector<Implementation> implementations() {
  std::vector<Implementation> result;
  for (cpu::LstmKernels const* const kernels : cpu::usable_lstm_kernels()) {
    for (std::size_t const threads : {1, 3}) {
      result.push_back(
          {fmt::format("Own{}Threads{}", kernels->name, threads), Precision::f32, f32_tolerance,
           [=](LstmShape const& shape) { return cpu::make_f32_lstm(shape, threads, *kernels); },
           [=](LstmShape const& shape) { return cpu::f32_lstm_bytes(shape, threads); }});
    }
  }
  auto const make = [](LstmShape const& shape) { return cpu::make_onednn_lstm(shape, 2); };
  auto const bytes = [](LstmShape const& shape) { return cpu::onednn_lstm_bytes(shape, 2); };
  result.push_back({"OnednnF32", Precision::f32, f32_tolerance, make, bytes});
  result.push_back({"OnednnBf16", Precision::bf16, bf16_tolerance, make, bytes});
  return result;
}

struct Size {
  char const* name;
  std::size_t steps, batch, inputs, weight_inputs, hidden, directions;
};

void PrintTo(Size const& size, std::ostream* out) { *out << size.name; }

// clang-format off
std::vector<Size> const sizes{
    {"Common",         7, 12, 32, 23, 32, 2},
    {"OneDirection",   7, 12, 32, 23, 32, 1},
    {"OneStep",        1,  5,  8,  8, 16, 2},
    {"OneStepOneWay",  1,  5,  8,  8, 16, 1},
    {"OneWindow",      9,  1, 32, 23, 16, 2},
    {"AllSizesOne",       1,  1,  1,  1,  1, 2},
    {"OneUnit",        4,  3,  5,  5,  1, 1},
    {"OddSizes",       5, 13, 11,  7, 19, 2},
    {"OddOneWay",      6, 11, 13, 13, 37, 1},
    {"ManyWindows",    3, 131, 6,  6,  9, 2},
    {"MoreThanAChunk", 3,  4, 300, 299, 70, 2},
    {"WideState",      3,  9, 16, 16, 257, 2},
};
// clang-format on

std::vector<double> exact(std::vector<float> const& values) {
  return {values.begin(), values.end()};
}

LstmShape shape_of(Size const& size, Precision precision, bool training = true,
                   bool input_gradient = true) {
  return {size.steps,      size.batch, size.inputs, size.weight_inputs, size.hidden,
          size.directions, precision,  training,    input_gradient};
}

using Case = std::tuple<Implementation, Size>;

class Lstm : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    if (!backend_->supports(implementation_.precision))
      GTEST_SKIP() << "bf16 needs a CPU with AVX-512";
  }
  std::unique_ptr<Layer> layer(bool training = true, bool input_gradient = true) {
    return std::make_unique<Layer>(
        *backend_, implementation_,
        shape_of(size_, implementation_.precision, training, input_gradient));
  }
  static ReferenceLstm reference(Layer const& layer) {
    return {layer.shape, exact(layer.host_parameters)};
  }

  std::unique_ptr<Backend> backend_ = make_cpu_backend(1);
  Implementation const implementation_ = std::get<0>(GetParam());
  Size const size_ = std::get<1>(GetParam());
};

TEST_P(Lstm, OutputsEqualThoseOfTheReference) {
  auto const ours = layer();
  ours->forward();
  auto const expected = reference(*ours).forward(exact(ours->host_x));
  EXPECT_LE(relative_error(ours->outputs(), expected), implementation_.tolerance);
}

TEST_P(Lstm, OutputsDoNotDependOnTraining) {
  auto const trained = layer(), forecasting = layer(false);
  trained->forward();
  forecasting->forward();
  EXPECT_LE(relative_error(forecasting->outputs(), trained->outputs()), implementation_.tolerance);
}

TEST_P(Lstm, GradientsEqualThoseOfTheReference) {
  auto const ours = layer();
  ours->forward();
  ours->backward();
  auto const expected = reference(*ours).backward(exact(ours->host_x), exact(ours->host_dy));
  auto x_gradients = expected.x;
  EXPECT_LE(relative_error(ours->x_gradients(), x_gradients), implementation_.tolerance);

  // Each array of the parameters separately, so that a large one does not hide errors in a small
  // one.
  std::vector<float> const gradients = ours->gradients.host();
  std::size_t at = 0;
  for (std::size_t d = 0; d < size_.directions; ++d) {
    for (std::size_t const width : {size_.weight_inputs, size_.hidden, std::size_t{1}}) {
      std::size_t const count = 4 * size_.hidden * width;
      auto const cut = [&](auto const& values) {
        auto const begin = values.begin() + static_cast<std::ptrdiff_t>(at);
        return std::vector(begin, begin + static_cast<std::ptrdiff_t>(count));
      };
      EXPECT_LE(relative_error(cut(gradients), cut(expected.parameters)), implementation_.tolerance)
          << "direction " << d << ", array of " << width << " columns";
      at += count;
    }
  }
}

TEST_P(Lstm, AccumulatesParameterGradients) {
  auto const once = layer(), twice = layer();
  once->forward();
  once->backward();
  for (int run = 0; run < 2; ++run) {
    twice->forward();
    twice->backward();
  }
  std::vector<float> doubled = once->gradients.host();
  for (float& value : doubled) value *= 2;
  EXPECT_LE(relative_error(twice->gradients.host(), doubled), 1e-6);
}

TEST_P(Lstm, ParameterGradientsDoNotDependOnInputGradient) {
  auto const all = layer(), parameters_alone = layer(true, false);
  for (Layer* each : {all.get(), parameters_alone.get()}) {
    each->forward();
    each->backward();
  }
  EXPECT_EQ(all->gradients.host(), parameters_alone->gradients.host());
}

std::string case_name(testing::TestParamInfo<Case> const& each) {
  return std::get<0>(each.param).name + "_" + std::get<1>(each.param).name;
}
INSTANTIATE_TEST_SUITE_P(Implementations, Lstm,
                         testing::Combine(testing::ValuesIn(implementations()),
                                          testing::ValuesIn(sizes)),
                         case_name);

/// For the loss sum(dy * y).
TEST(ReferenceLstm, GradientsEqualFiniteDifferences) {
  for (std::size_t const directions : {1, 2}) {
    LstmShape const shape{4, 2, 5, 3, 3, directions, Precision::f32, true};
    auto x = exact(Layer::padded_x(shape));
    auto parameters = exact(noise(shape.parameters(), 0.5f, 1));
    auto const dy = exact(noise(shape.steps * shape.batch * shape.outputs(), 1.0f, 3));
    auto const loss = [&] {
      auto const y = ReferenceLstm(shape, parameters).forward(x);
      double sum = 0;
      for (std::size_t i = 0; i < y.size(); ++i) sum += dy[i] * y[i];
      return sum;
    };
    auto const slope = [&](double& value) {
      double const step = 1e-5, middle = value;
      value = middle + step;
      double const above = loss();
      value = middle - step;
      double const below = loss();
      value = middle;
      return (above - below) / (2 * step);
    };
    auto const gradients = ReferenceLstm(shape, parameters).backward(x, dy);
    for (std::size_t i = 0; i < parameters.size(); ++i)
      ASSERT_NEAR(gradients.parameters[i], slope(parameters[i]), 1e-7) << "parameter " << i;
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (i % shape.inputs >= shape.weight_inputs) continue;
      ASSERT_NEAR(gradients.x[i], slope(x[i]), 1e-7) << "x " << i;
    }
  }
}

TEST(LstmThreads, NumberDoesNotChangeABit) {
  auto const backend = make_cpu_backend(1);
  for (cpu::LstmKernels const* const kernels : cpu::usable_lstm_kernels()) {
    for (Size const& size : sizes) {
      std::vector<float> first_y, first_gradients, first_dx;
      for (std::size_t const threads : {1, 2, 5}) {
        Implementation const implementation{
            "", Precision::f32, 0,
            [&](LstmShape const& shape) { return cpu::make_f32_lstm(shape, threads, *kernels); },
            [&](LstmShape const& shape) { return cpu::f32_lstm_bytes(shape, threads); }};
        Layer layer(*backend, implementation, shape_of(size, Precision::f32));
        layer.forward();
        std::vector<float> const y = layer.outputs();
        layer.backward();
        if (threads == 1) {
          first_y = y;
          first_gradients = layer.gradients.host();
          first_dx = layer.x_gradients();
        }
        EXPECT_EQ(y, first_y) << kernels->name << ' ' << size.name << ' ' << threads;
        EXPECT_EQ(layer.gradients.host(), first_gradients) << kernels->name << ' ' << size.name;
        EXPECT_EQ(layer.x_gradients(), first_dx) << kernels->name << ' ' << size.name;
      }
    }
  }
}

}  // namespace
}  // namespace moneta
