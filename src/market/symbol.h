// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace moneta {

/// Whether two symbols of markets are equal but for case and punctuation, as "BTCUSDT" and
/// "btc_usdt" are.
inline bool is_same_symbol(std::string_view a, std::string_view b) {
  auto const letters_of = [](std::string_view symbol) {
    std::string letters;
    for (char each : symbol) {
      if (each >= 'a' && each <= 'z') each = static_cast<char>(each - 'a' + 'A');
      if ((each >= 'A' && each <= 'Z') || (each >= '0' && each <= '9')) letters += each;
    }
    return letters;
  };
  return letters_of(a) == letters_of(b);
}

}  // namespace moneta
