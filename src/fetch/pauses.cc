// SPDX-License-Identifier: Apache-2.0
#include "fetch/pauses.h"

#include <charconv>
#include <cmath>
#include <string>

#include "http/http_client.h"

namespace moneta {

double backoff_s(std::size_t attempt, double random) {
  constexpr double first_s = 0.5, most_s = 30;
  double const doubled =
      std::ldexp(first_s, static_cast<int>(std::min<std::size_t>(attempt, 20)) - 1);
  return std::min(doubled, most_s) * (1 - 0.5 * random);
}

std::optional<double> retry_after_s(HttpHeaders const& headers, std::int64_t date_s) {
  auto const header = headers.find("retry-after");
  if (header == headers.end() || header->second.empty()) return std::nullopt;
  std::string const& text = header->second;
  std::uint32_t seconds = 0;
  auto const parsed = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (parsed.ec == std::errc() && parsed.ptr == text.data() + text.size()) return seconds;
  auto const until_s = http_date_s(text);
  if (!until_s) return std::nullopt;
  return static_cast<double>(std::max<std::int64_t>(0, *until_s - date_s));
}

}  // namespace moneta
