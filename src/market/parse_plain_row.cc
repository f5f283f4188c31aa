// SPDX-License-Identifier: Apache-2.0
#include "market/parse_plain_row.h"

#include <array>
#include <cstdint>

#include "base/time.h"
#include "market/candle_range.h"

namespace moneta {
namespace {

/// Powers of ten that double represents exactly.
constexpr std::array<double, 23> powers_of_ten = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                  1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                                  1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/// What is left of a row.
struct Cursor {
  char const* at;
  char const* end;

  /// Takes the separator of two columns.
  bool take_comma() {
    if (at == end || *at != ',') return false;
    ++at;
    return true;
  }
};

/// Takes digits. Adds them to `number` and returns how many there were; `number` overflows
/// after 19.
std::size_t take_digits(Cursor& cursor, std::uint64_t& number) {
  char const* const begin = cursor.at;
  for (; cursor.at != cursor.end; ++cursor.at) {
    auto const digit = static_cast<unsigned char>(*cursor.at - '0');
    if (digit > 9) break;
    number = number * 10 + digit;
  }
  return static_cast<std::size_t>(cursor.at - begin);
}

/// Takes digits with at most one point among them. The quotient of two numbers that double
/// represents exactly is the double next to the decimal, which every correct parser returns.
bool take_decimal(Cursor& cursor, double& value) {
  constexpr std::uint64_t most_exact = std::uint64_t{1} << 53;
  std::uint64_t number = 0;
  std::size_t const whole = take_digits(cursor, number);
  std::size_t fraction = 0;
  if (cursor.at != cursor.end && *cursor.at == '.') {
    ++cursor.at;
    fraction = take_digits(cursor, number);
    if (fraction == 0) return false;
  }
  if (whole == 0 || whole + fraction > 19 || number > most_exact) return false;
  value = static_cast<double>(number) / powers_of_ten[fraction];
  return true;
}

bool take_time(Cursor& cursor, std::int64_t& time_s) {
  constexpr std::uint64_t minute_ms = seconds_per_minute * 1000;
  std::uint64_t time_ms = 0;
  std::size_t const digits = take_digits(cursor, time_ms);
  time_s = static_cast<std::int64_t>(time_ms / 1000);
  return digits > 0 && digits <= 13 && time_ms % minute_ms == 0;
}

}  // namespace

bool parse_plain_row(std::string_view line, std::size_t columns, Candle& candle) {
  Cursor cursor{line.data(), line.data() + line.size()};
  if (!take_time(cursor, candle.time_s)) return false;
  for (double* const number :
       {&candle.open, &candle.high, &candle.low, &candle.close, &candle.volume}) {
    if (!cursor.take_comma() || !take_decimal(cursor, *number)) return false;
  }
  double value = 0;
  if (columns == 7 && (!cursor.take_comma() || !take_decimal(cursor, value))) return false;
  return cursor.at == cursor.end && is_valid(candle);
}

}  // namespace moneta
