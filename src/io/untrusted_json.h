// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "base/time.h"

namespace moneta {

/// Values of an untrusted file, limited to what the display of a run can process. Each function
/// throws Error (data) for other values; for another type, the JSON library throws its own
/// exceptions.

/// A whole number from 0 to `most`. The default allows for sums over all coins.
template <class Number = std::int64_t>
Number untrusted_count(Json const& json, std::int64_t most = 1'000'000'000) {
  // A JSON number of 2^63 or more becomes negative here.
  bool const fits =
      json.is_number_integer() && json.get<std::int64_t>() >= 0 && json.get<std::int64_t>() <= most;
  MONETA_REQUIRE(fits, data, "it contains {} instead of a whole number from 0 to {}",
                 sanitized(json.dump()), most);
  return json.get<Number>();
}

/// A time in milliseconds since 1970, up to the year 9999.
inline std::int64_t untrusted_time_ms(Json const& json) {
  return untrusted_count(json, year_10000_s * 1000 - 1);
}

/// A fraction from 0 to 1.
inline double untrusted_share(Json const& json) {
  double const share = json.get<double>();
  MONETA_REQUIRE(share >= 0 && share <= 1, data, "it contains {:g} instead of 0 to 1", share);
  return share;
}

/// A text without control characters, which would control the terminal.
inline std::string untrusted_name(Json const& json) {
  auto text = json.get<std::string>();
  bool const plain = std::none_of(text.begin(), text.end(), [](char each) {
    auto const code = static_cast<unsigned char>(each);
    return code < 0x20 || code == 0x7f;
  });
  MONETA_REQUIRE(plain, data, "there are control characters in '{}'", sanitized(text));
  return text;
}

}  // namespace moneta
