// SPDX-License-Identifier: Apache-2.0
#include "io/checksum.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace moneta {
namespace {

std::uint32_t extend_crc32(std::uint32_t sum, std::string_view text) {
  auto const* const bytes = reinterpret_cast<Bytef const*>(text.data());
  return text.empty() ? sum : static_cast<std::uint32_t>(crc32_z(sum, bytes, text.size()));
}

/// Fletcher's sums of 16-bit words w[0] ... w[n - 1]: the plain sum, and the sum of (n - i) w[i].
struct FletcherSums {
  std::uint64_t plain = 0, weighted = 0;
};

static_assert(std::endian::native == std::endian::little);
constexpr std::size_t lanes = 32;
constexpr std::size_t row_bytes = lanes * sizeof(std::uint16_t);
constexpr std::size_t block_rows = 256;  // the weighted sums of a lane stay below 2^32

/// Sums of rows * lanes words. Lane l adds up the words r * lanes + l of all rows r, so that the
/// loop runs in vector instructions.
FletcherSums sum_block(unsigned char const* bytes, std::size_t rows) {
  std::array<std::uint32_t, lanes> plain{}, weighted{};
  for (std::size_t r = 0; r < rows; ++r) {
    std::array<std::uint16_t, lanes> words;
    std::memcpy(words.data(), bytes + r * row_bytes, row_bytes);
    for (std::size_t l = 0; l < lanes; ++l) {
      plain[l] += words[l];
      weighted[l] += plain[l];
    }
  }
  FletcherSums sums;
  for (std::size_t l = 0; l < lanes; ++l) {
    sums.plain += plain[l];
    sums.weighted += std::uint64_t{weighted[l]} * lanes - std::uint64_t{plain[l]} * l;
  }
  return sums;
}

/// The sums of words in little-endian order, modulo 65535. They are 0 only if all words are 0.
class Fletcher {
 public:
  void add(FletcherSums const& next, std::size_t words) {
    weighted_ = (weighted_ + plain_ * words + next.weighted) % 65535;
    plain_ = (plain_ + next.plain) % 65535;
    any_ = any_ || next.plain != 0;
  }
  /// The checksum as the sums of words in big-endian order. Modulo 65535, a swap of the two bytes
  /// of a word is a product with 256. HDF5 adds with end-around carry, which gives 65535 where the
  /// remainder of a sum is 0.
  std::uint32_t checksum() const {
    if (!any_) return 0;
    auto const carried = [](std::uint64_t sum) {
      auto const rest = static_cast<std::uint32_t>(sum * 256 % 65535);
      return rest == 0 ? 65535u : rest;
    };
    return carried(weighted_) << 16 | carried(plain_);
  }

 private:
  std::uint64_t plain_ = 0, weighted_ = 0;
  bool any_ = false;
};

}  // namespace

std::uint32_t crc32_of(std::string_view text) { return extend_crc32(0, text); }

std::uint32_t crc32_of_lines(std::initializer_list<std::string_view> texts) {
  std::uint32_t sum = 0;
  for (std::string_view const text : texts) sum = extend_crc32(extend_crc32(sum, text), "\n");
  return sum;
}

std::uint32_t fletcher32(std::span<std::byte const> bytes) {
  Fletcher sums;
  auto const* data = reinterpret_cast<unsigned char const*>(bytes.data());
  std::size_t left = bytes.size();
  while (left >= row_bytes) {
    std::size_t const rows = std::min(left / row_bytes, block_rows);
    sums.add(sum_block(data, rows), rows * lanes);
    data += rows * row_bytes;
    left -= rows * row_bytes;
  }
  for (; left > 0; left -= std::min<std::size_t>(2, left), data += 2) {
    std::uint64_t const word = data[0] + (left > 1 ? 256u * data[1] : 0u);
    sums.add({word, word}, 1);
  }
  return sums.checksum();
}

}  // namespace moneta
