// SPDX-License-Identifier: Apache-2.0
#include "backend/weight_layout.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "support/on_device.h"

namespace moneta {
namespace {

struct LayoutCase {
  char const* name;
  std::size_t hidden, inputs, weight_inputs, directions;

  friend void PrintTo(LayoutCase const& given, std::ostream* out) { *out << given.name; }
};

/// The layout of an imaginary library: first all biases, then the gates from the last to the first,
/// each with its recurrent matrix before its input matrix.
WeightLayout layout_of(LayoutCase const& given) {
  WeightLayout layout;
  layout.hidden = given.hidden, layout.inputs = given.inputs;
  layout.weight_inputs = given.weight_inputs, layout.directions = given.directions;
  std::size_t offset = 3;
  auto const take = [&](std::size_t count) { return std::exchange(offset, offset + count); };
  for (std::size_t d = 0; d < given.directions; ++d)
    for (std::size_t gate = 0; gate < 4; ++gate) layout.bias[d][gate] = take(given.hidden);
  for (std::size_t d = 0; d < given.directions; ++d)
    for (std::size_t gate = 4; gate-- > 0;) {
      layout.recurrent[d][gate] = take(given.hidden * given.hidden);
      layout.input[d][gate] = take(given.hidden * given.inputs);
    }
  return layout;
}

std::size_t buffer_size(LayoutCase const& given) {
  return 3 + given.directions * 4 * given.hidden * (given.inputs + given.hidden + 1);
}

class WeightLayouts : public testing::TestWithParam<LayoutCase> {};

/// The index in the packed weights of every parameter, in order.
std::vector<std::size_t> indices_of(WeightLayout const& layout) {
  std::vector<std::size_t> indices;
  for (std::uint32_t number = 0; number < layout.rows(); ++number) {
    WeightRow const row = layout.row(number);
    EXPECT_EQ(row.parameter, indices.size()) << "rows are in the order of the parameters";
    EXPECT_LE(row.columns, layout.columns());
    for (std::size_t column = 0; column < row.columns; ++column) {
      indices.push_back(row.packed + column);
    }
  }
  EXPECT_EQ(indices.size(), layout.parameters());
  return indices;
}

TEST_P(WeightLayouts, MapEveryParameterToADifferentIndex) {
  std::set<std::size_t> taken;
  for (std::size_t const index : indices_of(layout_of(GetParam()))) {
    EXPECT_LT(index, buffer_size(GetParam()));
    EXPECT_TRUE(taken.insert(index).second) << index;
  }
}

TEST_P(WeightLayouts, FollowTheOrderOfParametersInPyTorch) {
  LayoutCase const& given = GetParam();
  WeightLayout const layout = layout_of(given);
  std::vector<std::size_t> const indices = indices_of(layout);
  std::size_t parameter = 0;
  for (std::size_t d = 0; d < given.directions; ++d) {
    for (std::size_t row = 0; row < 4 * given.hidden; ++row)
      for (std::size_t column = 0; column < given.weight_inputs; ++column)
        ASSERT_EQ(indices.at(parameter++),
                  layout.input[d][row / given.hidden] + row % given.hidden * given.inputs + column);
    for (std::size_t row = 0; row < 4 * given.hidden; ++row)
      for (std::size_t column = 0; column < given.hidden; ++column)
        ASSERT_EQ(indices.at(parameter++), layout.recurrent[d][row / given.hidden] +
                                               row % given.hidden * given.hidden + column);
    for (std::size_t row = 0; row < 4 * given.hidden; ++row)
      ASSERT_EQ(indices.at(parameter++), layout.bias[d][row / given.hidden] + row % given.hidden);
  }
  EXPECT_EQ(parameter, layout.parameters());
}

/// Calls a functor as a kernel does.
template <class F>
void for_each_row(WeightLayout const& layout, F const& f) {
  for (std::uint32_t number = 0; number < layout.rows(); ++number) {
    auto const row = f.row(number);
    for (std::uint32_t column = 0; column < layout.columns(); ++column) row(column);
  }
}

template <class Element>
void pack_and_add(LayoutCase const& given, double tolerance) {
  WeightLayout const layout = layout_of(given);
  std::vector<float> const parameters = noise(layout.parameters(), 2.0f, 1);
  std::vector<Element> buffer(buffer_size(given), from_float<Element>(0.0f));
  for_each_row(layout, WeightPacker<Element>{layout, parameters.data(), buffer.data()});
  std::size_t const used = static_cast<std::size_t>(std::count_if(
      buffer.begin(), buffer.end(), [](Element each) { return to_float(each) != 0; }));
  EXPECT_EQ(used, parameters.size()) << "the padding was written";
  std::vector<float> sums = noise(layout.parameters(), 1.0f, 2);
  std::vector<float> expected = sums;
  for (std::size_t i = 0; i < sums.size(); ++i) expected[i] += parameters[i];
  for_each_row(layout, WeightGradientAdder<Element>{layout, buffer.data(), sums.data()});
  EXPECT_LE(relative_error(sums, expected), tolerance);
}

TEST_P(WeightLayouts, PackParametersAndAddGradients) {
  pack_and_add<float>(GetParam(), 0);
  pack_and_add<Bf16>(GetParam(), 1.0 / 256);
  pack_and_add<F16>(GetParam(), 1.0 / 2048);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, WeightLayouts, testing::ValuesIn(std::vector<LayoutCase>{
    {"Padded",       8, 32, 23, 2},
    {"OneDirection", 5,  7,  7, 1},
    {"OneUnit",      1,  4,  3, 2},
    {"Wide",         3, 40, 40, 2},
}), [](auto const& each) { return each.param.name; });
// clang-format on

}  // namespace
}  // namespace moneta
