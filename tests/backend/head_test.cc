// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "backend/operations.h"

namespace moneta {
namespace {

struct LinearSize {
  std::size_t batch, inputs, outputs;
};
std::vector<LinearSize> const linear_sizes{
    {1, 1, 1}, {7, 5, 1}, {1, 33, 4}, {13, 64, 31}, {128, 96, 48}};

TEST_P(Operations, LinearAndItsGradientsEqualTheReference) {
  for (auto const& [batch, inputs, outputs] : linear_sizes) {
    Floats const x = noise(batch * inputs, 1, 6), w = noise(outputs * inputs, 1, 7);
    Floats const b = noise(outputs, 1, 8), dy = noise(batch * outputs, 1, 9);
    Floats const dw_before = noise(w.size(), 1, 10), db_before = noise(outputs, 1, 11);
    Doubles y(dy.size()), dx(x.size()), dw(dw_before.begin(), dw_before.end());
    Doubles db(db_before.begin(), db_before.end());
    for (std::size_t n = 0; n < batch; ++n) {
      for (std::size_t o = 0; o < outputs; ++o) {
        double const slope = double{dy[n * outputs + o]};
        y[n * outputs + o] = double{b[o]};
        db[o] += slope;
        for (std::size_t i = 0; i < inputs; ++i) {
          double const weight = double{w[o * inputs + i]}, input = double{x[n * inputs + i]};
          y[n * outputs + o] += weight * input;
          dx[n * inputs + i] += slope * weight;
          dw[o * inputs + i] += slope * input;
        }
      }
    }
    auto const y_out = device(Floats(y.size(), 5.0f)), dx_out = device(Floats(x.size(), 5.0f));
    auto const dw_out = device(dw_before), db_out = device(db_before);
    auto const on_x = device(x), on_w = device(w), on_dy = device(dy);
    backend_->linear(on_x.span(), on_w.span(), device(b).span(), y_out.span());
    backend_->linear_backward(on_x.span(), on_w.span(), on_dy.span(), dx_out.span(), dw_out.span(),
                              db_out.span());
    EXPECT_LE(relative_error(y_out.host(), y), f32_tolerance);
    EXPECT_LE(relative_error(dx_out.host(), dx), f32_tolerance);
    EXPECT_LE(relative_error(dw_out.host(), dw), f32_tolerance);
    EXPECT_LE(relative_error(db_out.host(), db), f32_tolerance);

    auto const dw_again = device(dw_before), db_again = device(db_before);
    backend_->linear_backward(on_x.span(), on_w.span(), on_dy.span(), {}, dw_again.span(),
                              db_again.span());
    EXPECT_EQ(dw_again.host(), dw_out.host()) << "without dx";
    EXPECT_EQ(db_again.host(), db_out.host()) << "without dx";
  }
}

TEST_P(Operations, ReluAndItsGradientKeepNan) {
  auto const x = device({-2.0f, -0.0f, 0.0f, 1e-30f, 3.0f, NAN});
  backend_->relu(x.span());
  Floats const y = x.host();
  EXPECT_EQ(Floats(y.begin(), y.end() - 1), (Floats{0, 0, 0, 1e-30f, 3}));
  EXPECT_TRUE(std::isnan(y[5])) << "a NaN must stay visible";
  auto const dx = device({1, 2, 3, 4, 5, 6});
  backend_->relu_backward(x.span(), dx.span());
  EXPECT_EQ(dx.host(), (Floats{0, 0, 0, 4, 5, 6}));
}

struct LossCase {
  LossFunction function;
  double delta;
};

TEST_P(Operations, LossGradientEqualsFiniteDifferences) {
  std::size_t const batch = 300, valid_count = 251;
  Floats const prediction = noise(batch, 2, 12), target = noise(batch, 2, 13);
  float const scale = 0.125f;
  for (auto const& [function, delta] :
       {LossCase{LossFunction::mse, 1}, LossCase{LossFunction::huber, 0.7}}) {
    auto const value = [&, f = function, limit = delta](double p, double t) {
      double const size = std::fabs(p - t);
      if (f == LossFunction::mse) return size * size;
      return size <= limit ? size * size / 2 : limit * (size - limit / 2);
    };
    auto const slopes = device(Floats(batch, 4.0f));
    EXPECT_EQ(backend_->take_loss_sum(), 0);
    double expected_sum = 0;
    for (int run = 0; run < 2; ++run) {  // the sum accumulates until it is taken
      backend_->loss(function, static_cast<float>(delta), device(prediction).span(),
                     device(target).span(), valid_count, scale, slopes.span());
      for (std::size_t n = 0; n < valid_count; ++n)
        expected_sum += value(double{prediction[n]}, double{target[n]});
    }
    EXPECT_NEAR(backend_->take_loss_sum(), expected_sum, 1e-6 * expected_sum);
    EXPECT_EQ(backend_->take_loss_sum(), 0);
    Floats const d = slopes.host();
    for (std::size_t n = 0; n < batch; ++n) {
      double const p = double{prediction[n]}, t = double{target[n]}, h = 1e-6;
      double const slope = (value(p + h, t) - value(p - h, t)) / (2 * h);
      EXPECT_NEAR(double{d[n]}, n < valid_count ? slope * double{scale} : 0.0, 1e-6) << n;
    }
  }
}

TEST_P(Operations, SumOfSquaresIsAccurateInDouble) {
  for (std::size_t const count : {0u, 1u, 9u, 4096u, 1000003u}) {
    Floats const values = noise(count, 3, 14);
    double expected = 0;
    for (float const value : values) expected += double{value} * double{value};
    EXPECT_NEAR(backend_->sum_of_squares(device(values).span()), expected, 1e-12 * expected);
  }
}

TEST_P(Operations, AdamwEqualsTheReferenceAfterManyUpdates) {
  // Algorithm 2 of Loshchilov and Hutter, "Decoupled Weight Decay Regularization", as
  // torch.optim.AdamW implements it.
  std::size_t const count = 1003;
  Floats const start = noise(count, 1, 15);
  auto const params = device(start), m = device(Floats(count)), v = device(Floats(count));
  Doubles p(start.begin(), start.end()), mean(count), square(count);
  AdamwStep step{1e-2, 0.9, 0.999, 1e-8, 0.05, 1, 1, 0.5};
  double power1 = 1, power2 = 1;
  for (unsigned update = 0; update < 10; ++update) {
    Floats const gradients = noise(count, 1, 20 + update);
    power1 *= step.beta1;
    power2 *= step.beta2;
    step.bias1 = 1 - power1;
    step.bias2 = 1 - power2;
    backend_->adamw(step, params.span(), m.span(), v.span(), device(gradients).span());
    for (std::size_t i = 0; i < count; ++i) {
      double const g = double{gradients[i]} * step.gradient_scale;
      mean[i] = step.beta1 * mean[i] + (1 - step.beta1) * g;
      square[i] = step.beta2 * square[i] + (1 - step.beta2) * g * g;
      p[i] -= step.learning_rate * step.weight_decay * p[i];
      p[i] -= step.learning_rate * (mean[i] / step.bias1) /
              (std::sqrt(square[i] / step.bias2) + step.epsilon);
    }
  }
  EXPECT_LE(relative_error(params.host(), p), f32_tolerance);
  EXPECT_LE(relative_error(m.host(), mean), f32_tolerance);
  EXPECT_LE(relative_error(v.host(), square), f32_tolerance);
}

TEST_P(Operations, UploadedMemoryIsDownloadedUnchanged) {
  Floats const values = noise(1001, 1, 30);
  OnDevice<float> const memory = device(values);
  EXPECT_EQ(memory.host(), values);
  backend_->zero(memory.span().data(), 500 * sizeof(float));
  backend_->synchronize();
  Floats const half = memory.host();
  for (std::size_t i = 0; i < half.size(); ++i) EXPECT_EQ(half[i], i < 500 ? 0.0f : values[i]);
  EXPECT_EQ(backend_->allocate(0)->bytes(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Backends, Operations, testing::ValuesIn(backends_under_test()),
                         [](auto const& each) { return each.param.name; });

TEST(OperationThreads, NumberDoesNotChangeABit) {
  std::vector<float> const values = noise(100003, 1, 40), gradients = noise(100003, 1, 41);
  std::vector<std::vector<float>> results[2];
  double sums[2];
  for (std::size_t k = 0; k < 2; ++k) {
    auto const backend = make_cpu_backend(k == 0 ? 1 : 5);
    auto const device = [&](std::vector<float> const& from) {
      return OnDevice<float>(*backend, from);
    };
    auto const params = device(values), m = device(gradients);
    auto const v = device(std::vector<float>(values.size(), 0.25f));
    backend->adamw({1e-3, 0.9, 0.999, 1e-8, 0.01, 0.1, 0.001, 1}, params.span(), m.span(), v.span(),
                   device(gradients).span());
    sums[k] = backend->sum_of_squares(device(values).span());
    for (auto const* each : {&params, &m, &v}) results[k].push_back(each->host());
  }
  EXPECT_EQ(sums[0], sums[1]);
  EXPECT_EQ(results[0], results[1]);
}

}  // namespace
}  // namespace moneta
