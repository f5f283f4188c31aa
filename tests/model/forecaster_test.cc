// SPDX-License-Identifier: Apache-2.0
#include "model/forecaster.h"

#include <gtest/gtest.h>

#include <limits>

#include "backend/cpu/make.h"
#include "base/error.h"
#include "batch_on_device.h"
#include "optim/update_parameters.h"

namespace moneta {
namespace {

constexpr std::uint64_t dropout_key = 77;

ForecasterShape shape_of(std::size_t batch, double dropout) {
  ForecasterShape shape;
  shape.model.hidden = 10;
  shape.model.layers = 3;
  shape.model.dropout = dropout;
  shape.timeframes = {{"1m", 1, 7}, {"5m", 5, 4}};
  shape.batch = batch;
  return shape;
}

std::vector<float> start_of(ForecasterShape const& shape) {
  std::vector<std::string> names;
  for (TimeframeConfig const& timeframe : shape.timeframes) names.push_back(timeframe.name);
  return initial_parameters(make_layout(shape.model, names), 5, "KRW-BTC");
}

/// Gradient of `batch`, divided into micro-batches of shape.batch windows; `loss` receives its sum.
std::vector<float> gradient_of(Backend& backend, ForecasterShape const& shape,
                               HostBatch const& batch, std::vector<float> const& params,
                               double* loss = nullptr) {
  Forecaster forecaster(backend, shape);
  OnDevice<float> const parameters(backend, params);
  OnDevice<float> gradients(backend, std::vector<float>(params.size()));
  forecaster.load_parameters(parameters.span());
  float const scale = 1.0f / static_cast<float>(batch.target.size());
  for (std::size_t begin = 0; begin < batch.target.size(); begin += shape.batch) {
    HostBatch part = batch.part(begin, shape.batch);
    part.valid_count =
        std::min(shape.batch, batch.valid_count - std::min(batch.valid_count, begin));
    BatchOnDevice const on_device(backend, part);
    forecaster.accumulate_gradient(on_device.view(), dropout_key, scale, gradients.span());
  }
  double const sum = backend.take_loss_sum();
  if (loss != nullptr) *loss = sum;
  return gradients.host();
}

TEST(Recompute, DoesNotChangeABitOfTheGradient) {
  auto const backend = make_cpu_backend(2);
  for (Precision const precision : {Precision::f32, Precision::bf16}) {
    if (precision == Precision::bf16 && !backend->supports(precision)) continue;
    for (double const dropout : {0.0, 0.25}) {
      ForecasterShape shape = shape_of(8, dropout);
      shape.precision = precision;
      HostBatch const batch = noisy_batch(shape_of(24, dropout));
      std::vector<float> const start = start_of(shape);
      double loss = 0, recomputed_loss = 0;
      auto const expected = gradient_of(*backend, shape, batch, start, &loss);
      for (Recompute const recompute : {Recompute{true, false}, {false, true}, {true, true}}) {
        shape.recompute = recompute;
        EXPECT_EQ(gradient_of(*backend, shape, batch, start, &recomputed_loss), expected)
            << recompute.layers << recompute.timeframes << ' ' << to_string(precision);
        EXPECT_EQ(recomputed_loss, loss);
      }
    }
  }
}

class MicroBatchSize : public testing::TestWithParam<std::size_t> {};

TEST_P(MicroBatchSize, DoesNotChangeGradientsOrParameters) {
  auto const backend = make_cpu_backend(2);
  HostBatch const batch = noisy_batch(shape_of(24, 0.25));
  std::vector<float> const start = start_of(shape_of(24, 0.25));

  auto const train = [&](std::size_t micro_batch) {
    OnDevice<float> params(*backend, start);
    OnDevice<float> m(*backend, std::vector<float>(start.size()));
    OnDevice<float> v(*backend, std::vector<float>(start.size()));
    OptimizerConfig config;
    config.epsilon = 1e-4;  // else a gradient that is 0 except for rounding has a full step
    for (int step = 1; step <= 3; ++step) {
      OnDevice<float> const gradients(
          *backend, gradient_of(*backend, shape_of(micro_batch, 0.25), batch, params.host()));
      update_parameters(*backend, config, 0.01, step, params.span(), m.span(), v.span(),
                        gradients.span());
    }
    return params.host();
  };

  double whole_loss = 0, cut_loss = 0;
  auto const whole = gradient_of(*backend, shape_of(24, 0.25), batch, start, &whole_loss);
  auto const cut = gradient_of(*backend, shape_of(GetParam(), 0.25), batch, start, &cut_loss);
  EXPECT_LT(relative_error(cut, whole), 1e-5);
  EXPECT_NEAR(cut_loss, whole_loss, 1e-6 * whole_loss);
  EXPECT_LT(relative_error(train(GetParam()), train(24)), 1e-5);
}

INSTANTIATE_TEST_SUITE_P(EffectiveBatchOf24, MicroBatchSize, testing::Values(12, 8, 3, 1));

class PaddedBatch : public testing::TestWithParam<std::size_t> {};

TEST_P(PaddedBatch, GradientAndLossIgnoreThePadding) {
  auto const backend = make_cpu_backend(1);
  ForecasterShape const shape = shape_of(8, 0.25);
  std::vector<float> const start = start_of(shape);
  HostBatch batch = noisy_batch(shape);
  batch.valid_count = GetParam();
  double loss = 0, other_loss = 0;
  std::vector<float> const gradient = gradient_of(*backend, shape, batch, start, &loss);
  for (std::size_t n = batch.valid_count; n < shape.batch; ++n) {
    batch.target[n] = 1000;
    batch.samples[n] += 12345;
    for (HostWindows& windows : batch.windows) windows.ends[n] = windows.ends[0];
  }
  EXPECT_EQ(gradient_of(*backend, shape, batch, start, &other_loss), gradient);
  EXPECT_EQ(other_loss, loss);
  if (batch.valid_count == 0) {
    EXPECT_EQ(gradient, std::vector<float>(start.size()));
    EXPECT_EQ(loss, 0.0);
  } else {
    ForecasterShape small = shape;
    small.batch = batch.valid_count;
    std::vector<float> alone =
        gradient_of(*backend, small, batch.part(0, batch.valid_count), start, &other_loss);
    for (float& value : alone) {  // its scale is 1 / valid_count
      value *= static_cast<float>(batch.valid_count) / static_cast<float>(shape.batch);
    }
    EXPECT_LT(relative_error(gradient, alone), 1e-5);
    EXPECT_NEAR(loss, other_loss, 1e-6 * loss);
  }
}

INSTANTIATE_TEST_SUITE_P(ValidCounts, PaddedBatch, testing::Values(0, 1, 5, 7));

TEST(Forecaster, PredictsTheSameAfterPlanningForTrainingOrEvaluation) {
  auto const backend = make_cpu_backend(2);
  ForecasterShape shape = shape_of(6, 0.25);
  OnDevice<float> const params(*backend, start_of(shape));
  BatchOnDevice const batch(*backend, noisy_batch(shape));
  auto const predict = [&] {
    Forecaster forecaster(*backend, shape);
    forecaster.load_parameters(params.span());
    return download(*backend, forecaster.predict(batch.view()));
  };
  std::vector<float> const training = predict();
  shape.training = false;
  EXPECT_LT(relative_error(predict(), training), 1e-6);
  shape.model.dropout = 0;
  EXPECT_LT(relative_error(predict(), training), 1e-6);
}

TEST(Forecaster, LossOfPredictionEqualsThatOfTrainingOnlyWithoutDropout) {
  auto const backend = make_cpu_backend(2);
  for (double const dropout : {0.0, 0.25}) {
    ForecasterShape const shape = shape_of(6, dropout);
    std::vector<float> const start = start_of(shape);
    HostBatch const host = noisy_batch(shape);
    double training = 0;
    gradient_of(*backend, shape, host, start, &training);
    Forecaster forecaster(*backend, shape);
    OnDevice<float> const params(*backend, start);
    BatchOnDevice const batch(*backend, host);
    forecaster.load_parameters(params.span());
    forecaster.add_loss(batch.view());
    double const predicted = backend->take_loss_sum();
    if (dropout == 0) {
      EXPECT_EQ(predicted, training);
    } else {
      EXPECT_NE(predicted, training);
    }
  }
}

TEST(Forecaster, DropoutMasksDependOnKeyAndSamples) {
  auto const backend = make_cpu_backend(1);
  ForecasterShape const shape = shape_of(6, 0.25);
  OnDevice<float> const params(*backend, start_of(shape));
  Forecaster forecaster(*backend, shape);
  forecaster.load_parameters(params.span());
  HostBatch host = noisy_batch(shape);
  auto const gradient = [&](std::uint64_t key) {
    OnDevice<float> gradients(*backend, std::vector<float>(forecaster.layout().size));
    BatchOnDevice const batch(*backend, host);
    forecaster.accumulate_gradient(batch.view(), key, 1.0f, gradients.span());
    return gradients.host();
  };
  std::vector<float> const first = gradient(1);
  EXPECT_EQ(gradient(1), first);
  EXPECT_NE(gradient(2), first);
  host.samples[3] += 1;
  EXPECT_NE(gradient(1), first);
}

TEST(Forecaster, AccumulatesGradients) {
  auto const backend = make_cpu_backend(1);
  ForecasterShape const shape = shape_of(4, 0.25);
  OnDevice<float> const params(*backend, start_of(shape));
  Forecaster forecaster(*backend, shape);
  forecaster.load_parameters(params.span());
  BatchOnDevice const batch(*backend, noisy_batch(shape));
  OnDevice<float> once(*backend, std::vector<float>(forecaster.layout().size));
  OnDevice<float> twice(*backend, std::vector<float>(forecaster.layout().size));
  forecaster.accumulate_gradient(batch.view(), 1, 1.0f, once.span());
  forecaster.accumulate_gradient(batch.view(), 1, 0.5f, twice.span());
  forecaster.accumulate_gradient(batch.view(), 1, 0.5f, twice.span());
  EXPECT_LT(relative_error(twice.host(), once.host()), 1e-6);
}

TEST(Forecaster, LoadingAnotherCoinLeavesNothingOfTheFirst) {
  auto const backend = make_cpu_backend(1);
  ForecasterShape const shape = shape_of(4, 0.25);
  OnDevice<float> const one(*backend, start_of(shape));
  OnDevice<float> const other(*backend, noise(start_of(shape).size(), 0.5f, 1));
  BatchOnDevice const batch(*backend, noisy_batch(shape));
  auto const gradient = [&](Forecaster& forecaster, OnDevice<float> const& params) {
    OnDevice<float> gradients(*backend, std::vector<float>(forecaster.layout().size));
    forecaster.load_parameters(params.span());
    forecaster.accumulate_gradient(batch.view(), 1, 1.0f, gradients.span());
    return gradients.host();
  };
  Forecaster shared(*backend, shape), fresh(*backend, shape);
  gradient(shared, one);
  EXPECT_EQ(gradient(shared, other), gradient(fresh, other));
}

TEST(Forecaster, IsReproducibleBitForBit) {
  auto const backend = make_cpu_backend(1);
  ForecasterShape const shape = shape_of(6, 0.25);
  HostBatch const batch = noisy_batch(shape);
  EXPECT_EQ(gradient_of(*backend, shape, batch, start_of(shape)),
            gradient_of(*backend, shape, batch, start_of(shape)));
}

TEST(Forecaster, NanInTheInputMakesTheLossNan) {
  auto const backend = make_cpu_backend(1);
  ForecasterShape const shape = shape_of(6, 0.25);
  HostBatch batch = noisy_batch(shape);
  std::size_t const last = static_cast<std::size_t>(batch.windows[0].ends[0]);
  batch.windows[0].rows[last * feature_count + 3] = std::numeric_limits<float>::quiet_NaN();
  double loss = 0;
  gradient_of(*backend, shape, batch, start_of(shape), &loss);
  EXPECT_TRUE(std::isnan(loss));
}

TEST(Forecaster, Bf16GradientIsCloseToF32) {
  auto const backend = make_cpu_backend(1);
  if (!backend->supports(Precision::bf16)) GTEST_SKIP() << "bf16 needs a CPU with AVX-512";
  ForecasterShape shape = shape_of(6, 0.25);
  HostBatch const batch = noisy_batch(shape);
  std::vector<float> const start = start_of(shape);
  double loss = 0, bf16_loss = 0;
  std::vector<float> const gradient = gradient_of(*backend, shape, batch, start, &loss);
  shape.precision = Precision::bf16;
  std::vector<float> const bf16 = gradient_of(*backend, shape, batch, start, &bf16_loss);
  EXPECT_LT(relative_error(bf16, gradient), 0.03);
  EXPECT_NEAR(bf16_loss, loss, 0.02 * loss);
  EXPECT_NE(bf16, gradient);
}

}  // namespace
}  // namespace moneta
