// SPDX-License-Identifier: Apache-2.0
// The parts in which a gradient becomes complete, so that a team can sum the first ones while the
// last ones are still computed.
#include "model/gradient_parts.h"

#include <gtest/gtest.h>

#include "backend/cpu/make.h"
#include "batch_on_device.h"

namespace moneta {
namespace {

struct PartsCase {
  char const* name;
  std::vector<TimeframeConfig> timeframes;
  std::size_t layers;
  bool bidirectional;
  Recompute recompute = {};
  bool overlap = false;
  friend void PrintTo(PartsCase const& each, std::ostream* out) { *out << each.name; }
};

class GradientParts : public testing::TestWithParam<PartsCase> {
 protected:
  static ForecasterShape shape() {
    ForecasterShape shape;
    shape.model.hidden = 6;
    shape.model.layers = GetParam().layers;
    shape.model.bidirectional = GetParam().bidirectional;
    shape.model.dropout = 0.25;
    shape.timeframes = GetParam().timeframes;
    shape.batch = 5;
    shape.recompute = GetParam().recompute;
    shape.overlap_weight_gradients = GetParam().overlap;
    return shape;
  }
  std::unique_ptr<Backend> backend_ = make_cpu_backend(2);
};

TEST_P(GradientParts, ContainEveryParameterOnce) {
  std::vector<GradientPart> const parts = gradient_parts(shape());
  EXPECT_EQ(parts.size(), 1 + GetParam().timeframes.size() * GetParam().layers);
  std::size_t begin = make_layout(shape().model, timeframe_names(shape())).size;
  for (GradientPart const& part : parts) {  // from the last parameter to the first
    EXPECT_GT(part.count, 0u);
    EXPECT_EQ(part.offset + part.count, begin);
    begin = part.offset;
  }
  EXPECT_EQ(begin, 0u);
}

TEST_P(GradientParts, BeginWithTheHeadAndEndWithTheFirstLayer) {
  std::vector<GradientPart> const parts = gradient_parts(shape());
  ParameterLayout const layout = make_layout(shape().model, timeframe_names(shape()));
  EXPECT_EQ(parts.front().offset, layout.at("head.hidden.weight").offset);
  std::string const name = GetParam().timeframes[0].name;
  EXPECT_EQ(parts.back().offset, layout.at("encoder." + name + ".weight_ih_l0").offset);
}

TEST_P(GradientParts, DependOnlyOnTheModel) {
  ForecasterShape other = shape();
  other.batch = 9;
  other.precision = Precision::bf16;
  other.training = false;
  other.recompute = {};
  other.overlap_weight_gradients = false;
  EXPECT_EQ(gradient_parts(other), gradient_parts(shape()));
}

/// Two micro-batches, because only the last one completes the gradient.
TEST_P(GradientParts, AreCompleteWhenTheyAreReported) {
  Forecaster forecaster(*backend_, shape());
  std::size_t const size = forecaster.layout().size;
  OnDevice<float> const params(*backend_, initial_parameters(forecaster.layout(), 5, "KRW-BTC"));
  OnDevice<float> const gradients(*backend_, std::vector<float>(size));
  BatchOnDevice const batch(*backend_, noisy_batch(shape()));
  forecaster.load_parameters(params.span());
  forecaster.accumulate_gradient(batch.view(), 1, 1.0f, gradients.span());

  std::vector<GradientPart> reported;
  std::vector<std::vector<float>> values;
  forecaster.accumulate_gradient(batch.view(), 2, 1.0f, gradients.span(), [&](GradientPart part) {
    reported.push_back(part);
    values.push_back(download(*backend_, gradients.span().subspan(part.offset, part.count)));
  });
  EXPECT_EQ(reported, forecaster.gradient_parts());
  EXPECT_EQ(reported, gradient_parts(shape()));
  for (std::size_t i = 0; i < reported.size(); ++i) {
    EXPECT_EQ(values[i],
              download(*backend_, gradients.span().subspan(reported[i].offset, reported[i].count)))
        << "part " << i << " has changed after it was reported";
  }
}

TEST_P(GradientParts, DoNotChangeTheGradient) {
  Forecaster forecaster(*backend_, shape());
  OnDevice<float> const params(*backend_, initial_parameters(forecaster.layout(), 5, "KRW-BTC"));
  BatchOnDevice const batch(*backend_, noisy_batch(shape()));
  forecaster.load_parameters(params.span());
  auto const gradient = [&](GradientPartReady const& ready) {
    OnDevice<float> const gradients(*backend_, std::vector<float>(forecaster.layout().size));
    forecaster.accumulate_gradient(batch.view(), 1, 1.0f, gradients.span(), ready);
    return gradients.host();
  };
  EXPECT_EQ(gradient([](GradientPart) {}), gradient({}));
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, GradientParts, testing::ValuesIn(std::vector<PartsCase>{
    {"OneLayer",            {{"1m", 1, 7}},                               1, true},
    {"OneDirection",        {{"1m", 1, 7}},                               3, false},
    {"ThreeTimeframes",     {{"1m", 1, 7}, {"5m", 5, 4}, {"1h", 60, 2}},  2, true},
    {"RecomputeLayers",     {{"1m", 1, 7}, {"5m", 5, 4}},                 3, true, {true, false}},
    {"RecomputeTimeframes", {{"1m", 1, 7}, {"5m", 5, 4}},                 3, true, {false, true}},
    {"RecomputeBoth",       {{"1m", 1, 7}, {"5m", 5, 4}},                 3, true, {true, true}},
    {"Overlap",             {{"1m", 1, 7}, {"5m", 5, 4}},                 3, true, {}, true},
}), [](auto const& each) { return each.param.name; });
// clang-format on

}  // namespace
}  // namespace moneta
