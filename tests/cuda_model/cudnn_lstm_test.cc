// SPDX-License-Identifier: Apache-2.0
// Tests the rounding of the 16-bit formats, and the model's LSTM arithmetic against the reference
// in double.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "backend/reference_lstm.h"
#include "cuda_model/lstm_test_layer.h"

namespace cuda_model {
namespace {

using Doubles = std::vector<double>;

struct RoundingCase {
  char const* name;
  float value;
  std::uint16_t f16, bf16;

  friend void PrintTo(RoundingCase const& given, std::ostream* out) { *out << given.name; }
};
class Rounding : public testing::TestWithParam<RoundingCase> {};

TEST_P(Rounding, IsToTheNearestNumberOfEachFormat) {
  RoundingCase const& given = GetParam();
  EXPECT_EQ(float_to_f16(given.value), given.f16);
  EXPECT_EQ(float_to_bf16(given.value), given.bf16);
  EXPECT_EQ(float_to_f16(-given.value), given.f16 | 0x8000);
  EXPECT_EQ(float_to_bf16(-given.value), given.bf16 | 0x8000);
}

// clang-format off
constexpr float infinity = std::numeric_limits<float>::infinity();
INSTANTIATE_TEST_SUITE_P(Table, Rounding, testing::ValuesIn(std::vector<RoundingCase>{
    {"Zero",                     0.0f,           0x0000, 0x0000},
    {"One",                      1.0f,           0x3C00, 0x3F80},
    {"TieToEvenBelowF16",        1.0f + 0x1p-11f, 0x3C00, 0x3F80},
    {"TieToEvenAboveF16",        1.0f + 0x3p-11f, 0x3C02, 0x3F80},
    {"AboveTheTieF16",           1.0f + 0x1.01p-11f, 0x3C01, 0x3F80},
    {"TieToEvenBelowBf16",       1.0f + 0x1p-8f, 0x3C04, 0x3F80},
    {"TieToEvenAboveBf16",       1.0f + 0x3p-8f, 0x3C0C, 0x3F82},
    {"LargestF16",               65504.0f,       0x7BFF, 0x4780},
    {"BelowTheOverflowOfF16",    65519.0f,       0x7BFF, 0x4780},
    {"OverflowOfF16",            65520.0f,       0x7C00, 0x4780},
    {"FarBeyondF16",             1e10f,          0x7C00, 0x5015},
    {"OverflowOfBf16",           std::numeric_limits<float>::max(), 0x7C00, 0x7F80},
    {"Infinity",                 infinity,       0x7C00, 0x7F80},
    {"SmallestNormalF16",        0x1p-14f,       0x0400, 0x3880},
    {"LargestSubnormalF16",      0x1.ff8p-15f,   0x03FF, 0x3880},
    {"SubnormalRoundsToNormal",  0x1.fffp-15f,   0x0400, 0x3880},
    {"SmallestSubnormalF16",     0x1p-24f,       0x0001, 0x3380},
    {"HalfOfTheSmallest",        0x1p-25f,       0x0000, 0x3300},
    {"MoreThanHalfOfTheSmallest", 0x1.8p-25f,    0x0001, 0x3340},
    {"SubnormalBf16",            0x1p-130f,      0x0000, 0x0008},
}), [](auto const& each) { return each.param.name; });
// clang-format on

TEST(RoundingOfNan, StaysNan) {
  EXPECT_TRUE(std::isnan(f16_to_float(float_to_f16(NAN))));
  EXPECT_TRUE(std::isnan(bf16_to_float(float_to_bf16(NAN))));
}

TEST(F16, AllNumbersSurviveTheConversionToFloatAndBack) {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    float const value = f16_to_float(static_cast<std::uint16_t>(bits));
    if (std::isnan(value)) continue;
    ASSERT_EQ(float_to_f16(value), bits);
  }
}

struct LayerCase {
  char const* name;
  std::size_t steps, batch, inputs, hidden, directions;

  friend void PrintTo(LayerCase const& given, std::ostream* out) { *out << given.name; }
};
// clang-format off
std::vector<LayerCase> const layers{
    {"AllSizesOne",    1,  1,  1,  1, 1},
    {"OneDirection",   5,  7,  9, 16, 1},
    {"TwoDirections",  5,  7,  9, 16, 2},
    {"OddSizes",       6, 13, 11, 19, 2},
    {"LongAndNarrow", 60,  3,  4,  5, 2},
    {"Wide",           3,  4, 33, 70, 2},
};
// clang-format on

/// Relative to the largest number.
double error_of(std::vector<float> const& ours, Doubles const& expected) {
  double largest = 0, error = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    largest = std::max(largest, std::fabs(expected[i]));
    double const difference = std::fabs(double{ours[i]} - expected[i]);
    error = std::isnan(difference) ? difference : std::max(error, difference);
  }
  return error / largest;
}

Doubles exact(std::vector<float> const& values) { return {values.begin(), values.end()}; }

/// The numbers of a weight space in the order of ReferenceLstm: per direction matrices, then
/// biases.
std::vector<float> reference_order(LstmSpec const& spec, std::vector<float> const& weights) {
  LstmWeights const places(spec);
  std::vector<float> ordered;
  for (std::size_t d = 0; d < spec.directions; ++d) {
    std::size_t const matrices = spec.gates() * (spec.inputs + spec.hidden);
    for (std::size_t i = 0; i < matrices; ++i) ordered.push_back(weights[places.input[d] + i]);
    for (std::size_t i = 0; i < spec.gates(); ++i)
      ordered.push_back(weights[places.input_bias[d] + i]);
  }
  return ordered;
}

using ArithmeticCase = std::tuple<LayerCase, FloatFormat>;
class LstmArithmetic : public testing::TestWithParam<ArithmeticCase> {};

TEST_P(LstmArithmetic, EqualsTheReference) {
  auto const& [layer, format] = GetParam();
  LstmSpec const spec{layer.steps,      layer.batch, layer.inputs, layer.hidden,
                      layer.directions, format,      true,         false};
  HostLayer host(spec);
  host.run();
  moneta::LstmShape const shape{layer.steps,  layer.batch,  layer.inputs,
                                layer.inputs, layer.hidden, layer.directions};
  moneta::ReferenceLstm const reference(shape, exact(reference_order(spec, host.weights.floats())));
  double const tolerance = format == FloatFormat::f32   ? 1e-5
                           : format == FloatFormat::f16 ? 5e-3
                                                        : 3e-2;
  EXPECT_LE(error_of(host.y.floats(), reference.forward(exact(host.x.floats()))), tolerance);
  auto const expected = reference.backward(exact(host.x.floats()), exact(host.dy.floats()));
  EXPECT_LE(error_of(host.dx.floats(), expected.x), tolerance);
  EXPECT_LE(error_of(reference_order(spec, host.d_weights.floats()), expected.parameters),
            tolerance);
}

std::string case_name(testing::TestParamInfo<ArithmeticCase> const& each) {
  auto const& [layer, format] = each.param;
  return std::string(layer.name) + (format == FloatFormat::f32   ? "F32"
                                    : format == FloatFormat::f16 ? "F16"
                                                                 : "Bf16");
}
INSTANTIATE_TEST_SUITE_P(Layers, LstmArithmetic,
                         testing::Combine(testing::ValuesIn(layers),
                                          testing::Values(FloatFormat::f32, FloatFormat::f16,
                                                          FloatFormat::bf16)),
                         case_name);

TEST(LstmStates, HyIsTheLastStepOfEachDirection) {
  LstmSpec const spec{5, 3, 4, 6, 2, FloatFormat::bf16, true, false};
  HostLayer host(spec);
  host.run();
  std::vector<float> const y = host.y.floats(), hy = host.hy.floats();
  for (std::size_t d = 0; d < 2; ++d) {
    std::size_t const t = d == 0 ? spec.steps - 1 : 0;
    for (std::size_t n = 0; n < spec.batch; ++n) {
      for (std::size_t j = 0; j < spec.hidden; ++j) {
        EXPECT_EQ(hy[(d * spec.batch + n) * spec.hidden + j],
                  y[(t * spec.batch + n) * spec.outputs() + d * spec.hidden + j]);
      }
    }
  }
}

TEST(LstmStates, GradientOfHyEqualsGradientOfTheLastStep) {
  LstmSpec const spec{5, 3, 4, 6, 2, FloatFormat::f32, true, false};
  HostLayer by_y(spec), by_hy(spec);
  std::vector<float> dy(by_y.dy.count(), 0.0f), dhy(spec.state_count());
  for (std::size_t i = 0; i < dhy.size(); ++i) {
    std::size_t const d = i / (spec.batch * spec.hidden), n = i / spec.hidden % spec.batch;
    std::size_t const t = d == 0 ? spec.steps - 1 : 0;
    dhy[i] = std::sin(static_cast<float>(i));
    dy[(t * spec.batch + n) * spec.outputs() + d * spec.hidden + i % spec.hidden] = dhy[i];
  }
  by_y.dy.set(dy);
  by_hy.dy.set(std::vector<float>(dy.size(), 0.0f));
  by_hy.dhy.set(dhy);
  by_y.run();
  by_hy.run();
  EXPECT_EQ(by_y.dx.floats(), by_hy.dx.floats());
  EXPECT_EQ(by_y.d_weights.floats(), by_hy.d_weights.floats());
}

TEST(LstmStates, TwoHalvesOfASequenceEqualTheWhole) {
  LstmSpec const whole_spec{6, 3, 4, 5, 1, FloatFormat::f32, true, false};
  LstmSpec half_spec = whole_spec;
  half_spec.steps = 3;
  HostLayer whole(whole_spec), first(half_spec), second(half_spec);
  auto const half_of = [](std::vector<float> const& values, std::size_t half) {
    auto const middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    return half == 0 ? std::vector(values.begin(), middle) : std::vector(middle, values.end());
  };
  whole.run();
  first.x.set(half_of(whole.x.floats(), 0)), second.x.set(half_of(whole.x.floats(), 1));
  first.dy.set(half_of(whole.dy.floats(), 0)), second.dy.set(half_of(whole.dy.floats(), 1));
  first.forward();
  second.hx.set(first.hy.floats()), second.cx.set(first.cy.floats());
  second.run();
  first.dhy.set(second.dhx.floats()), first.dcy.set(second.dcx.floats());
  first.backward();
  EXPECT_EQ(second.y.floats(), half_of(whole.y.floats(), 1));
  EXPECT_EQ(first.dx.floats(), half_of(whole.dx.floats(), 0));
  std::vector<float> sum = first.d_weights.floats();
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += second.d_weights.floats()[i];
  EXPECT_LE(error_of(sum, exact(whole.d_weights.floats())), 1e-6);
}

TEST(LstmBiases, TheSumCounts) {
  LstmSpec const single{4, 3, 5, 6, 2, FloatFormat::f32, true, false};
  for (auto const& [has_input, has_recurrent] :
       {std::pair{true, true}, {false, true}, {false, false}}) {
    LstmSpec other = single;
    other.has_input_bias = has_input, other.has_recurrent_bias = has_recurrent;
    HostLayer a(single), b(other);
    std::vector<float> of_a(a.weights.count()), of_b(b.weights.count());
    std::size_t const matrices = 2 * single.gates() * (single.inputs + single.hidden);
    for (std::size_t i = 0; i < matrices; ++i) of_a[i] = of_b[i] = std::sin(static_cast<float>(i));
    LstmWeights const places_a(single), places_b(other);
    for (std::size_t d = 0; d < 2; ++d) {
      for (std::size_t k = 0; k < single.gates(); ++k) {
        if (has_input) of_b[places_b.input_bias[d] + k] = 0.25f;
        if (has_recurrent) of_b[places_b.recurrent_bias[d] + k] = 0.5f;
        of_a[places_a.input_bias[d] + k] =
            (has_input ? 0.25f : 0.0f) + (has_recurrent ? 0.5f : 0.0f);
      }
    }
    a.weights.set(of_a), b.weights.set(of_b);
    a.run(), b.run();
    EXPECT_EQ(a.y.floats(), b.y.floats());
    EXPECT_EQ(a.dx.floats(), b.dx.floats());
    for (std::size_t d = 0; d < 2 && has_recurrent; ++d) {
      EXPECT_EQ(b.d_weights.floats()[places_b.recurrent_bias[d]],
                a.d_weights.floats()[places_a.input_bias[d]]);
    }
  }
}

TEST(LstmCell, RoundingItLosesSmallChanges) {
  LstmSpec spec{240, 2, 3, 8, 1, FloatFormat::bf16, true, false};
  HostLayer in_float(spec);
  spec.rounds_cell = true;
  HostLayer in_bf16(spec);
  in_float.run(), in_bf16.run();
  EXPECT_NE(in_float.y.floats(), in_bf16.y.floats());
}

TEST(LstmF16, OverflowIsInfinite) {
  LstmSpec const spec{1, 1, 1, 1, 1, FloatFormat::f16, true, false};
  HostLayer host(spec);
  host.x.set({60000.0f});
  host.dy.set({60000.0f});
  host.weights.set(std::vector<float>(host.weights.count(), 1e-5f));
  host.run();
  float largest = 0;
  for (float const value : host.d_weights.floats()) largest = std::max(largest, std::fabs(value));
  EXPECT_TRUE(std::isinf(largest));
}

}  // namespace
}  // namespace cuda_model
