// SPDX-License-Identifier: Apache-2.0
#include "backend/weight_layout.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

#include "backend/cpu/for_each.h"
#include "support/on_device.h"

namespace moneta {
namespace {

struct PlacesCase {
  char const* name;
  std::size_t hidden, inputs, weight_inputs, directions;
};

/// A library that keeps all biases first, then the gates from the last to the first, each with its
/// recurrent matrix before its input matrix.
WeightLayout places_of(PlacesCase const& given) {
  WeightLayout places;
  places.hidden = given.hidden, places.inputs = given.inputs;
  places.weight_inputs = given.weight_inputs, places.directions = given.directions;
  std::size_t at = 3;
  auto const take = [&](std::size_t count) { return std::exchange(at, at + count); };
  for (std::size_t d = 0; d < given.directions; ++d)
    for (std::size_t gate = 0; gate < 4; ++gate) places.bias[d][gate] = take(given.hidden);
  for (std::size_t d = 0; d < given.directions; ++d)
    for (std::size_t gate = 4; gate-- > 0;) {
      places.recurrent[d][gate] = take(given.hidden * given.hidden);
      places.input[d][gate] = take(given.hidden * given.inputs);
    }
  return places;
}

std::size_t buffer_size(PlacesCase const& given) {
  return 3 + given.directions * 4 * given.hidden * (given.inputs + given.hidden + 1);
}

class Places : public testing::TestWithParam<PlacesCase> {};

TEST_P(Places, GiveEveryParameterAPlaceOfItsOwn) {
  WeightLayout const places = places_of(GetParam());
  std::set<std::size_t> taken;
  for (std::size_t i = 0; i < places.parameters(); ++i) {
    EXPECT_LT(places.of(i), buffer_size(GetParam()));
    EXPECT_TRUE(taken.insert(places.of(i)).second) << i;
  }
}

TEST_P(Places, HoldMatricesAndBiasesAsPyTorchNamesThem) {
  PlacesCase const& given = GetParam();
  WeightLayout const places = places_of(given);
  std::size_t parameter = 0;
  for (std::size_t d = 0; d < given.directions; ++d) {
    for (std::size_t row = 0; row < 4 * given.hidden; ++row)
      for (std::size_t column = 0; column < given.weight_inputs; ++column)
        ASSERT_EQ(places.of(parameter++),
                  places.input[d][row / given.hidden] + row % given.hidden * given.inputs + column);
    for (std::size_t row = 0; row < 4 * given.hidden; ++row)
      for (std::size_t column = 0; column < given.hidden; ++column)
        ASSERT_EQ(places.of(parameter++), places.recurrent[d][row / given.hidden] +
                                              row % given.hidden * given.hidden + column);
    for (std::size_t row = 0; row < 4 * given.hidden; ++row)
      ASSERT_EQ(places.of(parameter++), places.bias[d][row / given.hidden] + row % given.hidden);
  }
  EXPECT_EQ(parameter, places.parameters());
}

template <class Element>
void pack_and_add(PlacesCase const& given, double tolerance) {
  WeightLayout const places = places_of(given);
  std::vector<float> const parameters = noise(places.parameters(), 2.0f, 1);
  std::vector<Element> buffer(buffer_size(given), from_float<Element>(0.0f));
  cpu::for_each(2, parameters.size(),
                WeightPacker<Element>{places, parameters.data(), buffer.data()});
  std::size_t const used = static_cast<std::size_t>(std::count_if(
      buffer.begin(), buffer.end(), [](Element each) { return to_float(each) != 0; }));
  EXPECT_EQ(used, parameters.size()) << "the padding was written";
  std::vector<float> sums = noise(places.parameters(), 1.0f, 2);
  std::vector<float> expected = sums;
  for (std::size_t i = 0; i < sums.size(); ++i) expected[i] += parameters[i];
  cpu::for_each(2, sums.size(), WeightGradientAdder<Element>{places, buffer.data(), sums.data()});
  EXPECT_LE(relative_error(sums, expected), tolerance);
}

TEST_P(Places, TakeParametersAndGiveGradientsBack) {
  pack_and_add<float>(GetParam(), 0);
  pack_and_add<Bf16>(GetParam(), 1.0 / 256);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, Places, testing::ValuesIn(std::vector<PlacesCase>{
    {"Padded",       8, 32, 23, 2},
    {"OneDirection", 5,  7,  7, 1},
    {"OneUnit",      1,  4,  3, 2},
    {"Wide",         3, 40, 40, 2},
}), [](auto const& each) { return each.param.name; });
// clang-format on

}  // namespace
}  // namespace moneta
