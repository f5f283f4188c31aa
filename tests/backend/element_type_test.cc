// SPDX-License-Identifier: Apache-2.0
// The 16-bit element types, and the functors that compute several elements at once, on the host.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

#include "backend/cpu/denormals.h"
#include "backend/functors.h"
#include "support/on_device.h"

namespace moneta {
namespace {

/// The value of a binary16, from the definition in IEEE 754.
double value_of(std::uint16_t bits) {
  int const exponent = bits >> 10 & 31;
  double const fraction = bits & 1023, sign = bits & 0x8000 ? -1 : 1;
  if (exponent == 31) return fraction > 0 ? NAN : sign * INFINITY;
  return sign *
         (exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25));
}

/// The nearest binary16 with the usual rounding, as a number.
double rounded(double value) {
  if (!std::isfinite(value)) return value;
  int exponent = 0;
  std::frexp(value, &exponent);
  double const unit = std::ldexp(1.0, std::max(exponent - 11, -24));
  double const nearest = std::nearbyint(value / unit) * unit;  // to even
  return std::abs(nearest) > 65504 ? std::copysign(INFINITY, value) : nearest;
}

void expect_same(float actual, double expected, std::uint32_t from) {
  if (std::isnan(expected)) {
    EXPECT_TRUE(std::isnan(actual)) << std::hex << from;
  } else {
    EXPECT_EQ(double{actual}, expected) << std::hex << from;
    EXPECT_EQ(std::signbit(actual), std::signbit(expected)) << std::hex << from;
  }
}

TEST(F16, EveryNumberHasItsValueAndSurvives) {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    F16 const number{static_cast<std::uint16_t>(bits)};
    float const value = to_float(number);
    expect_same(value, value_of(number.bits), bits);
    if (!std::isnan(value)) {
      ASSERT_EQ(from_float<F16>(value).bits, bits);
    }
  }
}

TEST(F16, RoundsFloatsToNearestEven) {
  for (std::uint64_t bits = 0; bits < 0x100000000u; bits += 4099) {  // a prime: many fractions
    auto const value = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    expect_same(to_float(from_float<F16>(value)), rounded(double{value}),
                static_cast<std::uint32_t>(bits));
  }
  for (std::uint32_t bits = 0; bits < 0x7C00; ++bits) {  // halfway to the next number
    double const low = value_of(static_cast<std::uint16_t>(bits));
    double const high = bits == 0x7BFF ? 65536 : value_of(static_cast<std::uint16_t>(bits + 1));
    auto const middle = static_cast<float>((low + high) / 2);
    for (float const value : {std::nextafter(middle, 0.0f), middle, std::nextafter(middle, 1e9f)}) {
      expect_same(to_float(from_float<F16>(value)), rounded(double{value}),
                  std::bit_cast<std::uint32_t>(value));
    }
  }
}

TEST(F16, KeepsSubnormalNumbersWhereDenormalsAreFlushed) {
  cpu::FlushDenormals const flush;
  for (std::uint32_t bits = 0; bits < 0x400; ++bits) {
    F16 const number{static_cast<std::uint16_t>(bits)};
    ASSERT_EQ(double{to_float(number)}, value_of(number.bits));
    ASSERT_EQ(from_float<F16>(to_float(number)).bits, bits);
  }
}

template <class Element>
void compare_droppers(std::size_t steps, std::size_t batch, std::size_t columns) {
  std::vector<std::uint64_t> samples;
  for (std::size_t n = 0; n < batch; ++n) samples.push_back(n * 77 + (n << 40));
  using Group = typename RowDropper<Element>::Group;
  std::size_t const groups = steps * batch * columns / 8;
  std::vector<Group> in(groups), one_by_one(groups), in_groups(groups);
  std::vector<float> const values = noise(groups * 8, 3, 5);
  for (std::size_t i = 0; i < groups * 8; ++i) {
    in[i / 8].value[i % 8] = from_float<Element>(values[i]);
  }
  Dropper<Element> dropper{DropoutMask::of({0x123456789abcdefull, 0.3}),
                           samples.data(),
                           steps,
                           batch,
                           columns,
                           in[0].value,
                           one_by_one[0].value};
  for (std::size_t i = 0; i < batch * dropper.groups(); ++i) dropper(i);
  dropper.out = in_groups[0].value;
  ASSERT_TRUE(RowDropper<Element>::fits(dropper));
  auto const rows = RowDropper<Element>::of(dropper);
  for (std::uint32_t number = 0; number < steps * batch; ++number) {
    auto const row = rows.row(number);
    for (std::uint32_t group = 0; group < rows.groups; ++group) row(group);
  }
  EXPECT_EQ(std::memcmp(one_by_one.data(), in_groups.data(), groups * sizeof(Group)), 0)
      << steps << ' ' << batch << ' ' << columns;
}

TEST(RowDropper, GivesTheBitsOfDropper) {
  for (std::size_t const columns : {8u, 64u, 136u}) {
    compare_droppers<float>(5, 6, columns);
    compare_droppers<Bf16>(5, 6, columns);
    compare_droppers<F16>(5, 6, columns);
    compare_droppers<Bf16>(1, 1, columns);
  }
}

TEST(RowDropper, NeedsWholeGroupsAndAlignedArrays) {
  alignas(16) Bf16 values[32];
  Dropper<Bf16> dropper{{}, nullptr, 1, 2, 8, values, values};
  EXPECT_TRUE(RowDropper<Bf16>::fits(dropper));
  dropper.columns = 12;
  EXPECT_FALSE(RowDropper<Bf16>::fits(dropper));
  dropper.columns = 8;
  dropper.out = values + 4;
  EXPECT_FALSE(RowDropper<Bf16>::fits(dropper));
}

/// Kernels round the number of rows up to whole blocks, in 32 bits.
TEST(RowDropper, CountsRowsAndGroupsInThirtyOneBits) {
  constexpr std::size_t most = 0x7FFFFFFF;
  alignas(16) Bf16 values[8];
  Dropper<Bf16> dropper{{}, nullptr, 1, most, 8, values, values};
  EXPECT_TRUE(RowDropper<Bf16>::fits(dropper));
  dropper.batch = most + 1;
  EXPECT_FALSE(RowDropper<Bf16>::fits(dropper));
  dropper.batch = most / 2 + 1, dropper.steps = 2;
  EXPECT_FALSE(RowDropper<Bf16>::fits(dropper));
  dropper.batch = 1, dropper.columns = 8 * most;
  EXPECT_TRUE(RowDropper<Bf16>::fits(dropper));
  dropper.columns += 8;
  EXPECT_FALSE(RowDropper<Bf16>::fits(dropper));
}

}  // namespace
}  // namespace moneta
