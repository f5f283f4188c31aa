// SPDX-License-Identifier: Apache-2.0
#include "base/philox.h"

#include <gtest/gtest.h>

#include <set>

namespace moneta {
namespace {

struct KnownAnswer {
  char const* name;
  std::uint64_t key, high, low;
  std::uint32_t word[4];

  friend void PrintTo(KnownAnswer const& c, std::ostream* out) { *out << c.name; }
};

class Philox : public testing::TestWithParam<KnownAnswer> {};

TEST_P(Philox, MatchesTheKnownAnswersOfItsAuthors) {
  auto const& expected = GetParam();
  PhiloxWords const words = philox(expected.key, expected.high, expected.low);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(words.word[i], expected.word[i]) << i;
}

// philox4x32 10 rows of kat_vectors in the authors' Random123 distribution.
// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, Philox, testing::Values(
    KnownAnswer{"Zeros", 0, 0, 0, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
    KnownAnswer{"Ones", ~std::uint64_t{0}, ~std::uint64_t{0}, ~std::uint64_t{0},
                {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
    KnownAnswer{"Pi", 0x299f31d0a4093822, 0x0370734413198a2e, 0x85a308d3243f6a88,
                {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}}),
    [](auto const& each) { return each.param.name; });
// clang-format on

TEST(UniformNumbers, AreInsideTheOpenInterval) {
  EXPECT_GT(uniform_float(0), 0.0f);
  EXPECT_LT(uniform_float(~0u), 1.0f);
  EXPECT_GT(uniform_double(0, 0), 0.0);
  EXPECT_LT(uniform_double(~0u, ~0u), 1.0);
}

TEST(RandomKey, DependsOnEveryArgument) {
  std::set<std::uint64_t> keys;
  for (std::uint64_t seed : {1u, 2u}) {
    for (char const* coin : {"KRW-BTC", "KRW-ETH"}) {
      for (auto purpose : {RandomPurpose::dropout, RandomPurpose::sample_order}) {
        for (std::uint64_t stream : {0u, 1u}) keys.insert(random_key(seed, coin, purpose, stream));
      }
    }
  }
  EXPECT_EQ(keys.size(), 16u);
}

}  // namespace
}  // namespace moneta
