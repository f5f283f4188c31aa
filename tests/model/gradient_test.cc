// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "backend/cpu/make.h"
#include "model/forecaster.h"
#include "reference_model.h"

namespace moneta {
namespace {

struct ModelCase {
  char const* name;
  std::vector<std::size_t> steps;  ///< of each timeframe
  std::size_t batch, hidden, layers;
  bool bidirectional;
  double dropout;
  LossFunction loss;
  std::size_t blocks = 0, heads = 1;  ///< of the Transformer; no blocks: none
  double feedforward = 2;

  friend void PrintTo(ModelCase const& given, std::ostream* out) { *out << given.name; }
};

ForecasterShape shape_of(ModelCase const& given) {
  ForecasterShape shape;
  shape.model.hidden = given.hidden;
  shape.model.layers = given.layers;
  shape.model.bidirectional = given.bidirectional;
  shape.model.dropout = given.dropout;
  if (given.blocks > 0)
    shape.model.transformer = {true, given.blocks, given.heads, given.feedforward};
  for (std::size_t k = 0; k < given.steps.size(); ++k) {
    shape.timeframes.push_back({std::to_string(k + 1) + "m", 1, given.steps[k]});
  }
  shape.batch = given.batch;
  shape.loss = given.loss;
  shape.huber_delta = 0.5f;
  return shape;
}

constexpr std::uint64_t mask_key = 0x1234567890abcdef;

class Model : public testing::TestWithParam<ModelCase> {
 protected:
  Model() {
    std::vector<float> start = initial_parameters(forecaster_.layout(), 5, "KRW-BTC");
    for (float& value : start) value *= 2;  // so that not all gates are near 0.5
    params_ = std::make_unique<OnDevice<float>>(*backend_, start);
    exact_params_.assign(start.begin(), start.end());
    forecaster_.load_parameters(params_->span());
  }

  std::unique_ptr<Backend> backend_ = make_cpu_backend(2);
  ForecasterShape const shape_ = shape_of(GetParam());
  Forecaster forecaster_{*backend_, shape_};
  HostBatch const host_ = noisy_batch(shape_);
  BatchOnDevice const batch_{*backend_, host_};
  std::unique_ptr<OnDevice<float>> params_;
  std::vector<double> exact_params_;
  ReferenceModel const reference_{shape_, forecaster_.layout()};
};

TEST_P(Model, PredictionsEqualThoseOfTheReference) {
  std::vector<float> const predicted = download(*backend_, forecaster_.predict(batch_.view()));
  std::vector<double> expected;
  for (std::size_t n = 0; n < shape_.batch; ++n) {
    expected.push_back(reference_.predict(exact_params_, host_, n, DropoutMasks{}));
  }
  EXPECT_LT(relative_error(predicted, expected), 1e-5);
}

TEST_P(Model, LossEqualsThatOfTheReference) {
  forecaster_.add_loss(batch_.view());
  double const expected = reference_.loss(exact_params_, host_, DropoutMasks{});
  EXPECT_NEAR(backend_->take_loss_sum(), expected, 1e-5 * expected);
}

TEST_P(Model, GradientEqualsFiniteDifferences) {
  DropoutMasks const masks{mask_key, shape_.model.dropout, {}};
  OnDevice<float> gradients(*backend_, std::vector<float>(forecaster_.layout().size));
  float const scale = 0.5f;
  forecaster_.accumulate_gradient(batch_.view(), mask_key, scale, gradients.span());
  double const loss = reference_.loss(exact_params_, host_, masks);
  EXPECT_NEAR(backend_->take_loss_sum(), loss, 1e-5 * loss);

  std::vector<float> const actual = gradients.host();
  constexpr double step = 1e-5;
  std::vector<double> params = exact_params_;
  for (ParameterSlice const& slice : forecaster_.layout().slices) {
    std::vector<double> expected(slice.size);
    for (std::size_t i = 0; i < slice.size; ++i) {
      double& parameter = params[slice.offset + i];
      double const start = parameter;
      parameter = start + step;
      double const above = reference_.loss(params, host_, masks);
      parameter = start - step;
      expected[i] = scale * (above - reference_.loss(params, host_, masks)) / (2 * step);
      parameter = start;
    }
    auto const from = actual.begin() + static_cast<std::ptrdiff_t>(slice.offset);
    std::vector<float> const part(from, from + static_cast<std::ptrdiff_t>(slice.size));
    if (slice.name.ends_with("in_proj_bias")) {
      auto const keys = part.begin() + static_cast<std::ptrdiff_t>(slice.size / 3);
      EXPECT_EQ(std::vector<float>(keys, keys + static_cast<std::ptrdiff_t>(slice.size / 3)),
                std::vector<float>(slice.size / 3))
          << "the bias of keys changes nothing";
    }
    EXPECT_LT(relative_error(part, expected), 2e-5) << slice.name;
  }
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, Model, testing::ValuesIn(std::vector<ModelCase>{
    {"OneLayer",              {6},       3, 4, 1, true,  0.0,  LossFunction::mse},
    {"OneDirection",          {6},       3, 4, 1, false, 0.0,  LossFunction::mse},
    {"TwoLayers",             {5},       2, 3, 2, true,  0.0,  LossFunction::huber},
    {"FiveLayersOneDirection",{4},       2, 3, 5, false, 0.3,  LossFunction::mse},
    {"FourLayers",            {3},       2, 3, 4, true,  0.25, LossFunction::mse},
    {"OneStep",               {1},       3, 4, 2, true,  0.25, LossFunction::mse},
    {"OneWindow",             {5},       1, 4, 2, true,  0.25, LossFunction::mse},
    {"OneUnit",               {5},       3, 1, 3, true,  0.25, LossFunction::mse},
    {"Dropout",               {5},       4, 5, 2, true,  0.5,  LossFunction::huber},
    {"DropoutOfOneLayer",     {5},       4, 5, 1, true,  0.5,  LossFunction::mse},
    {"ThreeTimeframes",       {4, 1, 3}, 2, 3, 2, true,  0.25, LossFunction::huber},
    {"LaterTimeframeLonger",  {2, 6},    3, 3, 3, false, 0.25, LossFunction::mse},
    {"Block",                 {6},       3, 4, 1, true,  0.0,  LossFunction::mse, 1, 2, 2},
    {"BlockOneStep",          {1},       3, 4, 1, true,  0.25, LossFunction::mse, 1, 2, 2},
    {"BlockOneWindow",        {5},       1, 4, 1, true,  0.25, LossFunction::huber, 1, 4, 1.3},
    {"BlockOddHeadWidth",     {4},       2, 9, 1, true,  0.0,  LossFunction::mse, 1, 6, 0.5},
    {"BlockOneDirection",     {5},       3, 4, 2, false, 0.3,  LossFunction::mse, 1, 1, 4},
    {"BlockOfWidthOne",       {4},       3, 1, 1, false, 0.0,  LossFunction::mse, 1, 1, 0.1},
    {"BlockDropout",          {5},       4, 4, 2, true,  0.5,  LossFunction::mse, 1, 2, 2},
    {"ThreeBlocks",           {4},       3, 3, 1, true,  0.25, LossFunction::huber, 3, 3, 2},
    {"BlocksManyWindows",     {3},       19, 2, 1, true, 0.25, LossFunction::mse, 2, 2, 2},
    {"BlocksTwoTimeframes",   {4, 2},    3, 3, 2, true,  0.25, LossFunction::mse, 2, 2, 2},
}), [](auto const& each) { return each.param.name; });
// clang-format on

}  // namespace
}  // namespace moneta
