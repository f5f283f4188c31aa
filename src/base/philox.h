// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "base/host_device.h"

namespace moneta {

/// The purpose of a random number; random streams of different purposes are independent.
enum class RandomPurpose : std::uint32_t {
  initial_parameters = 1,
  sample_order = 2,
  dropout = 3,
  synthetic_market = 4,
};

/// Four independent, uniformly distributed 32-bit words.
struct PhiloxWords {
  std::uint32_t word[4];
};

/// Philox4x32-10, a counter-based generator: the words are a function of the key and of the 128-bit
/// counter (high, low), without any state. Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as
/// easy as 1, 2, 3", SC 2011, with the constants of that paper.
MONETA_HD inline PhiloxWords philox(std::uint64_t key, std::uint64_t high, std::uint64_t low) {
  std::uint32_t k0 = static_cast<std::uint32_t>(key);
  std::uint32_t k1 = static_cast<std::uint32_t>(key >> 32);
  std::uint32_t c0 = static_cast<std::uint32_t>(low);
  std::uint32_t c1 = static_cast<std::uint32_t>(low >> 32);
  std::uint32_t c2 = static_cast<std::uint32_t>(high);
  std::uint32_t c3 = static_cast<std::uint32_t>(high >> 32);
  for (int round = 0; round < 10; ++round) {
    std::uint64_t const p0 = std::uint64_t{0xD2511F53u} * c0;
    std::uint64_t const p1 = std::uint64_t{0xCD9E8D57u} * c2;
    std::uint32_t const next0 = static_cast<std::uint32_t>(p1 >> 32) ^ c1 ^ k0;
    std::uint32_t const next2 = static_cast<std::uint32_t>(p0 >> 32) ^ c3 ^ k1;
    c1 = static_cast<std::uint32_t>(p1);
    c3 = static_cast<std::uint32_t>(p0);
    c0 = next0;
    c2 = next2;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return {{c0, c1, c2, c3}};
}

/// Uniform in (0, 1): the center of one of 2^23 equal intervals, exact in float.
MONETA_HD inline float uniform_float(std::uint32_t word) {
  return (static_cast<float>(word >> 9) + 0.5f) * (1.0f / 8388608.0f);
}

/// Uniform in (0, 1) from two words, exact in double.
MONETA_HD inline double uniform_double(std::uint32_t high, std::uint32_t low) {
  std::uint64_t const bits = (std::uint64_t{high} << 20) ^ (std::uint64_t{low} >> 12);
  return (static_cast<double>(bits) + 0.5) * (1.0 / 4503599627370496.0);
}

/// The key of a random stream: a hash of the seed of the run, the name of the coin, the purpose and
/// the stream. It does not depend on the order or number of coins. `stream` distinguishes streams
/// of one purpose, such as layers or dropout sites.
std::uint64_t random_key(std::uint64_t seed, std::string_view coin, RandomPurpose purpose,
                         std::uint64_t stream = 0);

}  // namespace moneta
