// SPDX-License-Identifier: Apache-2.0
#include "model/parameters.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "backend/lstm.h"
#include "base/error.h"
#include "base/shape.h"
#include "support/expect_error.h"
#include "support/golden.h"

namespace moneta {
namespace {

ModelConfig model_of(std::size_t hidden, std::size_t layers, bool bidirectional) {
  ModelConfig model;
  model.hidden = hidden;
  model.layers = layers;
  model.bidirectional = bidirectional;
  return model;
}

TEST(Layout, NamesAndOrderOfParametersAreThoseOfPyTorch) {
  ParameterLayout const layout = make_layout(model_of(8, 2, true), {"1m", "5m"});
  std::vector<std::string> names;
  for (ParameterSlice const& slice : layout.slices) names.push_back(slice.name);
  std::vector<std::string> expected;
  for (char const* timeframe : {"1m", "5m"}) {
    for (char const* end : {"_l0", "_l0_reverse", "_l1", "_l1_reverse"}) {
      for (char const* part : {"weight_ih", "weight_hh", "bias_ih"}) {
        expected.push_back(fmt::format("encoder.{}.{}{}", timeframe, part, end));
      }
    }
  }
  for (char const* name :
       {"head.hidden.weight", "head.hidden.bias", "head.output.weight", "head.output.bias"}) {
    expected.push_back(name);
  }
  EXPECT_EQ(names, expected);
}

struct LayoutCase {
  char const* name;
  std::size_t hidden, layers;
  bool bidirectional;
  std::vector<std::string> timeframes;

  friend void PrintTo(LayoutCase const& given, std::ostream* out) { *out << given.name; }
};

class Layout : public testing::TestWithParam<LayoutCase> {
 protected:
  ParameterLayout const layout_ =
      make_layout(model_of(GetParam().hidden, GetParam().layers, GetParam().bidirectional),
                  GetParam().timeframes);
};

TEST_P(Layout, SlicesHaveNoGaps) {
  std::size_t offset = 0;
  for (ParameterSlice const& slice : layout_.slices) {
    EXPECT_EQ(slice.offset, offset) << slice.name;
    EXPECT_EQ(slice.size, golden::element_count(slice.shape)) << slice.name;
    EXPECT_EQ(&layout_.at(slice.name), &slice);
    offset += slice.size;
  }
  EXPECT_EQ(layout_.size, offset);
}

TEST_P(Layout, ParametersOfALayerAreInTheOrderOfLstmLayer) {
  LstmShape shape;
  shape.hidden = GetParam().hidden;
  shape.directions = GetParam().bidirectional ? 2 : 1;
  for (std::string const& timeframe : GetParam().timeframes) {
    for (std::size_t l = 0; l < GetParam().layers; ++l) {
      shape.weight_inputs = l == 0 ? feature_count : shape.outputs();
      auto const at = [&](char const* part, char const* reverse) {
        return layout_.at(fmt::format("encoder.{}.{}_l{}{}", timeframe, part, l, reverse));
      };
      std::size_t const start = at("weight_ih", "").offset;
      EXPECT_EQ(at("weight_hh", "").offset - start, 4 * shape.hidden * shape.weight_inputs);
      EXPECT_EQ(at("bias_ih", "").offset - at("weight_hh", "").offset,
                4 * shape.hidden * shape.hidden);
      char const* const last = GetParam().bidirectional ? "_reverse" : "";
      ParameterSlice const end = at("bias_ih", last);
      EXPECT_EQ(end.offset + end.size - start, shape.parameters());
      if (GetParam().bidirectional) {
        EXPECT_EQ(at("weight_ih", "_reverse").offset - start, shape.direction_parameters());
      }
    }
  }
}

TEST_P(Layout, InitialParametersAreWithinPyTorchsBounds) {
  std::vector<float> const values = initial_parameters(layout_, 7, "KRW-BTC");
  ASSERT_EQ(values.size(), layout_.size);
  std::size_t const directions = GetParam().bidirectional ? 2 : 1;
  std::size_t const states = directions * GetParam().hidden * GetParam().timeframes.size();
  for (ParameterSlice const& slice : layout_.slices) {
    std::size_t const fan_in = slice.name.starts_with("head.hidden") ? states : GetParam().hidden;
    float const bound = 1 / std::sqrt(static_cast<float>(fan_in));
    for (std::size_t i = 0; i < slice.size; ++i) {
      ASSERT_LT(std::fabs(values[slice.offset + i]), bound * 1.000001f) << slice.name;
    }
  }
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, Layout, testing::ValuesIn(std::vector<LayoutCase>{
    {"Small",           8,  2, true,  {"1m", "5m"}},
    {"OneDirection",    5,  3, false, {"1m"}},
    {"OneUnit",         1,  1, true,  {"1m"}},
    {"FiveLayersThree", 16, 5, true,  {"1m", "5m", "15m"}},
}), [](auto const& each) { return each.param.name; });
// clang-format on

struct GoldenModel {
  char const* name;
  ModelConfig model;
  std::vector<std::string> timeframes;

  friend void PrintTo(GoldenModel const& given, std::ostream* out) { *out << given.name; }
};

class GoldenLayout : public testing::TestWithParam<GoldenModel> {};

TEST_P(GoldenLayout, HasPyTorchsNamesAndShapes) {
  std::string const file = MONETA_TESTS "/golden/model_golden.h5";
  std::string const group = fmt::format("model/{}/start", GetParam().name);
  ParameterLayout const layout = make_layout(GetParam().model, GetParam().timeframes);
  EXPECT_EQ(golden::list_golden(file, group).size(), layout.slices.size());
  for (ParameterSlice const& slice : layout.slices) {
    EXPECT_EQ(golden::read_golden(file, group + "/" + slice.name).shape, slice.shape) << slice.name;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Table, GoldenLayout,
    testing::Values(GoldenModel{"one_timeframe", model_of(16, 3, true), {"1m"}},
                    GoldenModel{"three_timeframes", model_of(8, 2, true), {"1m", "5m", "15m"}}),
    [](auto const& each) { return each.param.name; });

TEST(InitialParameters, AreUniform) {
  ParameterLayout const layout = make_layout(model_of(64, 1, false), {"1m"});
  std::vector<float> const values = initial_parameters(layout, 7, "KRW-BTC");
  ParameterSlice const& slice = layout.at("encoder.1m.weight_hh_l0");
  double sum = 0, squares = 0;
  std::set<float> distinct;
  for (std::size_t i = 0; i < slice.size; ++i) {
    double const scaled = values[slice.offset + i] * std::sqrt(64.0);
    sum += scaled;
    squares += scaled * scaled;
    distinct.insert(values[slice.offset + i]);
  }
  double const count = static_cast<double>(slice.size);
  EXPECT_NEAR(sum / count, 0.0, 4 * std::sqrt(1.0 / 3 / count));
  EXPECT_NEAR(squares / count, 1.0 / 3, 4 * std::sqrt(4.0 / 45 / count));
  EXPECT_GT(distinct.size(), slice.size * 99 / 100);
}

TEST(InitialParameters, DependOnSeedAndCoinOnly) {
  ParameterLayout const layout = make_layout(model_of(8, 2, true), {"1m"});
  std::vector<float> const values = initial_parameters(layout, 7, "KRW-BTC");
  EXPECT_EQ(initial_parameters(layout, 7, "KRW-BTC"), values);
  EXPECT_NE(initial_parameters(layout, 8, "KRW-BTC"), values);
  EXPECT_NE(initial_parameters(layout, 7, "KRW-ETH"), values);
}

struct WrongModel {
  char const* name;
  ModelConfig model;
  std::vector<std::string> timeframes;
  char const* part;  ///< of the text

  friend void PrintTo(WrongModel const& given, std::ostream* out) { *out << given.name; }
};

ModelConfig with_three_heads() {
  ModelConfig model = model_of(8, 2, true);
  model.transformer.enabled = true;
  model.transformer.heads = 3;
  return model;
}

class LayoutErrors : public testing::TestWithParam<WrongModel> {};

TEST_P(LayoutErrors, NameTheKey) {
  expect_error(ErrorKind::config, GetParam().part,
               [] { make_layout(GetParam().model, GetParam().timeframes); });
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, LayoutErrors, testing::ValuesIn(std::vector<WrongModel>{
    {"NoUnits",        model_of(0, 2, true), {"1m"},       "model.hidden is 0"},
    {"NoLayers",       model_of(8, 0, true), {"1m"},       "model.layers is 0"},
    {"NoTimeframe",    model_of(8, 2, true), {},           "data.timeframes is empty"},
    {"TimeframeTwice", model_of(8, 2, true), {"1m", "1m"}, "data.timeframes names 1m twice"},
    {"ThreeHeads",     with_three_heads(),   {"1m"},       "model.transformer.heads is 3"},
}), [](auto const& each) { return each.param.name; });
// clang-format on

TEST(LayoutAt, UnknownParameterIsNamed) {
  ParameterLayout const layout = make_layout(model_of(8, 2, true), {"1m"});
  expect_error(ErrorKind::internal, "'encoder.1m.weight_ih_l2'",
               [&] { layout.at("encoder.1m.weight_ih_l2"); });
}

}  // namespace
}  // namespace moneta
