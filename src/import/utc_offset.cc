// SPDX-License-Identifier: Apache-2.0
#include "import/utc_offset.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "base/error.h"
#include "base/text.h"

namespace moneta {
namespace {

bool are_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char each) { return each >= '0' && each <= '9'; });
}

std::int64_t number(std::string_view digits) {
  std::int64_t value = 0;
  for (char const each : digits) value = value * 10 + (each - '0');
  return value;
}

}  // namespace

std::int64_t parse_utc_offset(std::string const& text) {
  if (text == "UTC" || text == "GMT" || text == "Z") return 0;
  if (text == "KST") return 9 * 60;
  std::string digits = text.empty() ? "" : text.substr(1);
  if (digits.size() == 5 && digits[2] == ':') digits.erase(2, 1);
  if (digits.size() == 1) digits.insert(0, 1, '0');
  if (digits.size() == 2) digits += "00";
  bool const has_sign = text.starts_with('+') || text.starts_with('-');
  bool is_offset = has_sign && digits.size() == 4 && are_digits(digits);
  std::int64_t minutes = 0;
  if (is_offset) {
    minutes = number(digits.substr(0, 2)) * 60 + number(digits.substr(2));
    is_offset = minutes <= 14 * 60 && number(digits.substr(2)) < 60;
  }
  MONETA_REQUIRE(
      is_offset, config,
      "the time zone '{}' is not an offset such as +09:00, UTC or KST, up to 14 hours (with the offset of a region, which changes with the season, an hour of the year would have two meanings). Give the offset, or split the file where it changes?",
      sanitized(text));
  return text.starts_with('-') ? -minutes : minutes;
}

std::string utc_offset_text(std::int64_t minutes) {
  std::int64_t const size = std::abs(minutes);
  return fmt::format("{}{:02}:{:02}", minutes < 0 ? '-' : '+', size / 60, size % 60);
}

}  // namespace moneta
