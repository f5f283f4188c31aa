// SPDX-License-Identifier: Apache-2.0
#include "optim/update_parameters.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "backend/cpu/make.h"
#include "support/expect_error.h"

namespace moneta {
namespace {

constexpr std::size_t size = 37;  // not a multiple of a vector

/// AdamW in double, as in the paper, with torch's clipping.
struct Reference {
  std::vector<double> params, m, v;
  explicit Reference(std::vector<float> const& start)
      : params(start.begin(), start.end()), m(start.size()), v(start.size()) {}

  double update(OptimizerConfig const& config, double rate, int step,
                std::vector<float> const& gradients) {
    double squares = 0;
    for (float const g : gradients) squares += double{g} * g;
    double const norm = std::sqrt(squares);
    double const clip =
        config.clip_norm > 0 ? std::min(1.0, config.clip_norm / (norm + 1e-6)) : 1.0;
    for (std::size_t i = 0; i < params.size(); ++i) {
      double const g = clip * gradients[i];
      m[i] = config.beta1 * m[i] + (1 - config.beta1) * g;
      v[i] = config.beta2 * v[i] + (1 - config.beta2) * g * g;
      double const m_hat = m[i] / (1 - std::pow(config.beta1, step));
      double const v_hat = v[i] / (1 - std::pow(config.beta2, step));
      params[i] -= rate * config.weight_decay * params[i];
      params[i] -= rate * m_hat / (std::sqrt(v_hat) + config.epsilon);
    }
    return norm;
  }
};

std::vector<float> numbers(float scale, int seed) {
  std::vector<float> values(size);
  for (std::size_t i = 0; i < size; ++i) {
    values[i] = scale * std::sin(static_cast<float>(i) * 1.7f + static_cast<float>(seed));
  }
  return values;
}

template <class T>
DeviceSpan<T> view(std::vector<T>& values) {  // the CPU backend uses host memory
  return {values.data(), values.size()};
}

struct UpdateCase {
  char const* name;
  float gradient;
  double clip_norm, weight_decay;

  friend void PrintTo(UpdateCase const& given, std::ostream* out) { *out << given.name; }
};

class Update : public testing::TestWithParam<UpdateCase> {
 protected:
  std::unique_ptr<Backend> backend_ = make_cpu_backend(2);
};

TEST_P(Update, EqualsTheReferenceAfterManyUpdates) {
  OptimizerConfig config;
  config.clip_norm = GetParam().clip_norm;
  config.weight_decay = GetParam().weight_decay;
  std::vector<float> params = numbers(1, 0), m(size), v(size);
  Reference reference(params);
  for (int step = 1; step <= 20; ++step) {
    std::vector<float> gradients = numbers(GetParam().gradient, step);
    double const norm = reference.update(config, 0.01 / step, step, gradients);
    UpdateResult const result =
        update_parameters(*backend_, config, 0.01 / step, step, view(params), view(m), view(v),
                          DeviceSpan<float const>(gradients.data(), gradients.size()));
    EXPECT_TRUE(result.applied);
    EXPECT_NEAR(result.gradient_norm, norm, 1e-12 * norm);
  }
  for (std::size_t i = 0; i < size; ++i) {
    EXPECT_NEAR(params[i], reference.params[i], 2e-6) << i;
    EXPECT_NEAR(m[i], reference.m[i], 1e-6 * GetParam().gradient) << i;
  }
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, Update, testing::Values(
    UpdateCase{"Clipped",       3.0f,   1.0,  0.01},
    UpdateCase{"BelowTheClip",  0.01f,  1.0,  0.01},
    UpdateCase{"ClippingIsOff", 3.0f,   0.0,  0.01},
    UpdateCase{"NoDecay",       3.0f,   1.0,  0.0},
    UpdateCase{"StrongDecay",   3.0f,   1.0,  10.0}),
    [](auto const& each) { return each.param.name; });
// clang-format on

class NonFiniteGradient : public testing::TestWithParam<float> {};

TEST_P(NonFiniteGradient, IsReportedAndNotApplied) {
  auto const backend = make_cpu_backend(1);
  std::vector<float> params = numbers(1, 0), m = numbers(1, 1), v(size, 0.5f);
  std::vector<float> gradients = numbers(1, 2);
  gradients[size / 2] = GetParam();
  auto const before = std::vector{params, m, v};
  UpdateResult const result =
      update_parameters(*backend, OptimizerConfig{}, 0.1, 1, view(params), view(m), view(v),
                        DeviceSpan<float const>(gradients.data(), gradients.size()));
  EXPECT_FALSE(result.applied);
  EXPECT_FALSE(std::isfinite(result.gradient_norm));
  EXPECT_EQ((std::vector{params, m, v}), before);
}

INSTANTIATE_TEST_SUITE_P(Values, NonFiniteGradient,
                         testing::Values(std::numeric_limits<float>::quiet_NaN(),
                                         std::numeric_limits<float>::infinity(),
                                         -std::numeric_limits<float>::infinity()));

TEST(UpdateEdges, LargestFiniteGradientIsApplied) {
  auto const backend = make_cpu_backend(1);
  std::vector<float> params = numbers(1, 0), m(size), v(size);
  std::vector<float> gradients(size, std::numeric_limits<float>::max());
  UpdateResult const result =
      update_parameters(*backend, OptimizerConfig{}, 0.1, 1, view(params), view(m), view(v),
                        DeviceSpan<float const>(gradients.data(), gradients.size()));
  EXPECT_TRUE(result.applied);
  for (float const value : params) EXPECT_TRUE(std::isfinite(value));
}

TEST(UpdateErrors, NameAnUnknownOptimizerAndAnImpossibleStep) {
  auto const backend = make_cpu_backend(1);
  std::vector<float> values(size);
  OptimizerConfig config;
  expect_error(ErrorKind::internal, "update 0",
               [&] { plan_update(*backend, config, 0.1, 0, view(values)); });
  config.name = "sgd";
  expect_error(ErrorKind::config, "train.optimizer.name is 'sgd'",
               [&] { plan_update(*backend, config, 0.1, 1, view(values)); });
}

}  // namespace
}  // namespace moneta
