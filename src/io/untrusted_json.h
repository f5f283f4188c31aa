// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

#include "base/error.h"
#include "base/json.h"
#include "io/json_file.h"

namespace moneta {

/// Values of a file that anybody may have written, as far as the picture of a run can take them.
/// Each throws Error (data) for what it cannot; so does JSON itself for another type.

/// A whole number from 0 to `most`. The picture adds up those of all coins.
template <class Number = std::int64_t>
Number foreign_count(Json const& json, std::int64_t most = 1'000'000'000) {
  // Above 2^63 a number of JSON becomes negative here.
  bool const fits =
      json.is_number_integer() && json.get<std::int64_t>() >= 0 && json.get<std::int64_t>() <= most;
  MONETA_REQUIRE(fits, data, "there is {} instead of a whole number from 0 to {}",
                 sanitized(json.dump()), most);
  return json.get<Number>();
}

/// A time in milliseconds since 1970, up to the year 9999.
inline std::int64_t foreign_time_ms(Json const& json) {
  return foreign_count(json, 253'402'300'799'999);
}

/// A share of a whole.
inline double foreign_share(Json const& json) {
  double const share = json.get<double>();
  MONETA_REQUIRE(share >= 0 && share <= 1, data, "there is {:g} instead of 0 to 1", share);
  return share;
}

/// A text of one line without what would steer a terminal.
inline std::string foreign_name(Json const& json) {
  auto text = json.get<std::string>();
  bool const plain = std::none_of(text.begin(), text.end(), [](char each) {
    auto const code = static_cast<unsigned char>(each);
    return code < 0x20 || code == 0x7f;
  });
  MONETA_REQUIRE(plain, data, "there are control characters in '{}'", sanitized(text));
  return text;
}

}  // namespace moneta
