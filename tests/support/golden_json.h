// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/json.h"

/// Compares numbers with tests/golden/backtest/golden_backtest.json. With MONETA_SHOW_DIFFERENCES
/// in the environment, a program prints the largest difference of each quantity at its end.
namespace moneta::golden {

inline std::string const folder = std::string(MONETA_TESTS) + "/golden/backtest/";

inline Json const& json() {
  static Json const all = [] {
    std::ifstream file(folder + "golden_backtest.json");
    if (!file) throw std::runtime_error("golden file: cannot open golden_backtest.json");
    return Json::parse(file);
  }();
  return all;
}

/// Largest relative differences by quantity.
inline std::map<std::string, double>& differences() {
  static std::map<std::string, double> all;
  return all;
}

class ShowDifferences : public testing::Environment {
 public:
  void TearDown() override {
    if (std::getenv("MONETA_SHOW_DIFFERENCES") == nullptr) return;
    for (auto const& [quantity, difference] : differences()) {
      std::cout << quantity << ": " << difference << "\n";
    }
  }
};

inline testing::Environment* const show_differences =
    testing::AddGlobalTestEnvironment(new ShowDifferences);

/// Expects a number within `tolerance` of its value or 1e-12, or nothing where the golden file has
/// null.
inline void expect_number(Json const& expected, std::optional<double> got,
                          std::string const& quantity, double tolerance = 1e-9) {
  ASSERT_EQ(expected.is_null(), !got.has_value()) << quantity << " should be " << expected;
  if (!got) return;
  double const wanted = expected.get<double>(), gap = std::abs(*got - wanted);
  EXPECT_LE(gap, std::max(1e-12, tolerance * std::abs(wanted)))
      << quantity << " is " << *got << ", but should be " << wanted;
  double const relative = gap / std::max(std::abs(wanted), 1e-3);
  double& largest = differences()[quantity];
  largest = std::max(largest, relative);
}

inline void expect_count(Json const& expected, std::size_t got, std::string const& quantity) {
  EXPECT_EQ(expected.get<std::size_t>(), got) << quantity;
}

inline void expect_numbers(Json const& expected, std::vector<double> const& got,
                           std::string const& quantity) {
  ASSERT_EQ(expected.size(), got.size()) << quantity;
  for (std::size_t i = 0; i < got.size(); ++i) expect_number(expected[i], got[i], quantity);
}

inline std::vector<double> numbers(Json const& list) { return list.get<std::vector<double>>(); }

}  // namespace moneta::golden
