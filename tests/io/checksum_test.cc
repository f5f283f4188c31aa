// SPDX-License-Identifier: Apache-2.0
#include "io/checksum.h"

#include <gtest/gtest.h>

#include <vector>

namespace moneta {
namespace {

/// Fletcher's checksum word by word: sums of big-endian words with end-around carry.
std::uint32_t slow_fletcher32(std::vector<std::byte> const& bytes) {
  std::uint32_t sum = 0, sum_of_sums = 0;
  auto const add = [](std::uint32_t a, std::uint32_t b) {
    return ((a + b) & 0xffff) + ((a + b) >> 16);
  };
  for (std::size_t i = 0; i < bytes.size(); i += 2) {
    auto const high = std::to_integer<std::uint32_t>(bytes[i]);
    auto const low = i + 1 < bytes.size() ? std::to_integer<std::uint32_t>(bytes[i + 1]) : 0;
    sum = add(sum, high << 8 | low);
    sum_of_sums = add(sum_of_sums, sum);
  }
  return sum_of_sums << 16 | sum;
}

TEST(Fletcher32, IsThatOfASlowReference) {
  for (std::size_t const size :
       {0, 1, 2, 3, 63, 64, 65, 128, 1000, 16383, 16384, 16385, 16448, 40001, 753664}) {
    std::vector<std::byte> bytes(size);
    EXPECT_EQ(fletcher32(bytes), 0u) << size;
    for (unsigned const seed : {1u, 2u, 3u}) {
      unsigned state = seed;
      for (std::byte& each : bytes) {
        state = state * 1664525u + 1013904223u;
        each = std::byte(state >> 24);
      }
      EXPECT_EQ(fletcher32(bytes), slow_fletcher32(bytes)) << size;
    }
    bytes.assign(size, std::byte{0xff});
    EXPECT_EQ(fletcher32(bytes), slow_fletcher32(bytes)) << size;
    bytes.assign(size, std::byte{0});
    if (size > 0) bytes.back() = std::byte{1};
    EXPECT_EQ(fletcher32(bytes), slow_fletcher32(bytes)) << size;
  }
}

TEST(Crc32OfLines, IsThatOfGzip) {
  EXPECT_EQ(crc32_of(""), 0u);
  EXPECT_EQ(crc32_of("123456789"), 0xcbf43926u);  // the check value of the standard
  EXPECT_EQ(crc32_of_lines({}), 0u);
  EXPECT_EQ(crc32_of_lines({"12345678"}), 0x74245830u);
  EXPECT_EQ(crc32_of_lines({"a", "", "b"}), crc32_of_lines({"a\n\nb"}));
}

}  // namespace
}  // namespace moneta
