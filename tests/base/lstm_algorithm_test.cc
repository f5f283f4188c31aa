// SPDX-License-Identifier: Apache-2.0
#include "base/lstm_algorithm.h"

#include <gtest/gtest.h>

namespace moneta {
namespace {

TEST(LstmAlgorithmsNamed, InvertsToString) {
  auto const standard = LstmAlgorithm::standard, persistent = LstmAlgorithm::persistent;
  EXPECT_EQ(to_string(LstmAlgorithms{standard, standard}), "standard");
  EXPECT_EQ(to_string(LstmAlgorithms{standard, persistent}), "standard, persistent");
  EXPECT_EQ(to_string(LstmAlgorithms{persistent, standard}), "persistent, standard");
  EXPECT_EQ(to_string(LstmAlgorithms{persistent, persistent}), "persistent");
  for (auto const first : {standard, persistent}) {
    for (auto const above : {standard, persistent}) {
      LstmAlgorithms const algorithms{first, above};
      EXPECT_EQ(lstm_algorithms_named(to_string(algorithms)), algorithms);
    }
  }
}

TEST(LstmAlgorithmsNamed, RejectsOtherNames) {
  for (char const* name : {"", "fast", "standard, standard", "standard,persistent", "Persistent"}) {
    EXPECT_FALSE(lstm_algorithms_named(name)) << name;
  }
}

}  // namespace
}  // namespace moneta
