// SPDX-License-Identifier: Apache-2.0
#include "telemetry/export/tfrecord.h"

#include <gtest/gtest.h>

#include <ostream>
#include <random>
#include <vector>

#include "telemetry/export/event_file.h"

namespace moneta {
namespace {

std::string counting(int from, int step) {
  std::string bytes;
  for (int i = 0; i < 32; ++i) bytes += static_cast<char>(from + i * step);
  return bytes;
}

struct CrcCase {
  char const* name;
  std::string bytes;
  std::uint32_t crc;
  friend void PrintTo(CrcCase const& c, std::ostream* out) { *out << c.name; }
};

class Crc32c : public testing::TestWithParam<CrcCase> {};

TEST_P(Crc32c, MatchesTheStandard) { EXPECT_EQ(crc32c(GetParam().bytes), GetParam().crc); }

// The examples of RFC 3720 (iSCSI), appendix B.4, and the check value of the algorithm.
// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, Crc32c, testing::ValuesIn(std::vector<CrcCase>{
    {"Nothing", "",                     0},
    {"Check",   "123456789",            0xE306'9283},
    {"Zeros",   std::string(32, '\0'),  0x8A91'36AA},
    {"Ones",    std::string(32, '\xff'), 0x62A8'AB43},
    {"Up",      counting(0, 1),         0x46DD'794E},
    {"Down",    counting(31, -1),       0x113F'DB5C},
}), [](auto const& each) { return each.param.name; });
// clang-format on

TEST(Crc32c, MatchesTheBitwiseComputation) {
  std::mt19937 random(1);
  for (std::size_t size = 0; size < 300; ++size) {
    std::string bytes(size, '\0');
    for (char& each : bytes) each = static_cast<char>(random());
    ASSERT_EQ(crc32c(bytes), event_file::slow_crc32c(bytes)) << size;
  }
}

TEST(TfRecord, StartsLikeTheEventFilesOfTensorFlow) {
  std::string const record = tfrecord(std::string(24, 'x'));
  EXPECT_EQ(record.size(), 8u + 4u + 24u + 4u);
  EXPECT_EQ(record.substr(0, 12), std::string("\x18\0\0\0\0\0\0\0\xa3\x7f\x4b\x22", 12));
}

TEST(TfRecord, ContainsTheDataAndItsChecksum) {
  std::string const record = tfrecord("123456789");
  EXPECT_EQ(record.substr(12, 9), "123456789");
  // 0xE3069283, rotated right by 15 bits, plus 0xA282EAD8
  EXPECT_EQ(masked_crc32c("123456789"), 0xC78A'B0E5);
  EXPECT_EQ(record.substr(21), "\xe5\xb0\x8a\xc7");
}

}  // namespace
}  // namespace moneta
