// SPDX-License-Identifier: Apache-2.0
#include "base/philox.h"

namespace moneta {

std::uint64_t random_key(std::uint64_t seed, std::string_view coin, RandomPurpose purpose,
                         std::uint64_t stream) {
  std::uint64_t name = 0xcbf29ce484222325u;  // FNV-1a hash of the name of the coin
  for (char const letter : coin) {
    name = (name ^ static_cast<unsigned char>(letter)) * 0x100000001b3u;
  }
  PhiloxWords const first = philox(seed, name, static_cast<std::uint64_t>(purpose));
  std::uint64_t const key = (std::uint64_t{first.word[0]} << 32) | first.word[1];
  PhiloxWords const second = philox(key, first.word[2], stream);
  return (std::uint64_t{second.word[0]} << 32) | second.word[1];
}

}  // namespace moneta
