// SPDX-License-Identifier: Apache-2.0
#include "telemetry/export/flatten_numbers.h"

#include <gtest/gtest.h>

#include <cmath>

namespace moneta {
namespace {

TEST(FlattenNumbers, JoinsTheKeysOfNestedObjects) {
  Json const json = Json::parse(
      R"({"b": 1, "a": {"x": -2.5, "y": {"z": 18446744073709551615}}, "on": true, "off": false,
          "text": "3", "list": [1, {"in": 2}], "none": {}})");
  EXPECT_EQ(
      flatten_numbers(json),
      (std::vector<std::pair<std::string, double>>{
          {"b", 1}, {"a/x", -2.5}, {"a/y/z", 18446744073709551615.0}, {"on", 1}, {"off", 0}}));
}

TEST(FlattenNumbers, ReadsNullAsNan) {
  auto const numbers = flatten_numbers({{"power_w", nullptr}});
  ASSERT_EQ(numbers.size(), 1u);
  EXPECT_TRUE(std::isnan(numbers[0].second));
}

TEST(FlattenNumbers, IsEmptyWithoutAnObject) {
  for (Json const& json : {Json(nullptr), Json(3), Json("3"), Json::array({1, 2})}) {
    EXPECT_TRUE(flatten_numbers(json).empty()) << json;
  }
}

}  // namespace
}  // namespace moneta
