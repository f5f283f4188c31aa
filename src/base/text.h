// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace moneta {

/// Text of unknown origin made safe for messages and terminals: every byte outside printable ASCII
/// becomes '?', and text longer than `limit` bytes is cut and ends in "...".
std::string sanitized(std::string_view text, std::size_t limit = 100);

/// "12,345"
std::string grouped(std::uint64_t number);

/// "2,526 MiB"; with one decimal below 10 MiB.
std::string mib_text(std::uint64_t bytes);

/// The smallest whole number of MiB that is at least `bytes`.
std::uint64_t mib_rounded_up(std::uint64_t bytes);

/// The elements of a range of strings with `separator` between them: "a, b, c".
template <class Strings>
std::string joined(Strings const& strings, std::string_view separator = ", ") {
  std::string text;
  bool is_first = true;
  for (auto const& each : strings) {
    if (!is_first) text += separator;
    is_first = false;
    text += each;
  }
  return text;
}

/// True for the bytes of UTF-8 text that do not begin a character.
inline bool continues_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0u) == 0x80u;
}

/// The number of terminal columns that UTF-8 text takes, with one column for each character.
std::size_t width_of(std::string_view text);

/// The first `columns` columns of UTF-8 text.
std::string cut(std::string_view text, std::size_t columns);

}  // namespace moneta
