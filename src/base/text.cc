// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

namespace moneta {

std::string sanitized(std::string_view text, std::size_t limit) {
  std::string result;
  for (char const each : text.substr(0, limit)) {
    result += each >= ' ' && each <= '~' ? each : '?';
  }
  if (text.size() > limit) result += "...";
  return result;
}

std::string grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t end = text.size(); end > 3;) {
    end -= 3;
    text.insert(end, 1, ',');
  }
  return text;
}

std::string mib_text(std::uint64_t bytes) {
  double const mib = static_cast<double>(bytes) / (1024.0 * 1024.0);
  if (mib < 10) return fmt::format("{:.1f} MiB", mib);
  return grouped(static_cast<std::uint64_t>(std::llround(mib))) + " MiB";
}

std::uint64_t mib_rounded_up(std::uint64_t bytes) {
  constexpr std::uint64_t mib = 1u << 20;
  return bytes / mib + (bytes % mib == 0 ? 0 : 1);
}

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !continues_character(c); }));
}

std::string cut(std::string_view text, std::size_t columns) {
  std::size_t end = 0;
  for (std::size_t taken = 0; end < text.size(); ++end) {
    if (!continues_character(text[end]) && taken++ == columns) break;
  }
  return std::string(text.substr(0, end));
}

}  // namespace moneta
