// SPDX-License-Identifier: Apache-2.0
#include "engine/sample_order.h"

#include <numeric>
#include <utility>

#include "base/philox.h"

namespace moneta {

std::vector<std::size_t> sample_order(std::uint64_t key, std::int64_t epoch, SampleRange range) {
  std::vector<std::size_t> order(range.size());
  std::iota(order.begin(), order.end(), range.begin);
  for (std::size_t left = order.size(); left > 1; --left) {
    PhiloxWords const words = philox(key, static_cast<std::uint64_t>(epoch), left);
    std::uint64_t const random = (std::uint64_t{words.word[0]} << 32) | words.word[1];
    // 64 random bits for at most 2^32 positions: the bias of the remainder is below 2^-32.
    std::swap(order[left - 1], order[random % left]);
  }
  return order;
}

}  // namespace moneta
