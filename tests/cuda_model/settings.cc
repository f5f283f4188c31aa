// SPDX-License-Identifier: Apache-2.0
#include "cuda_model/settings.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdlib>

namespace cuda_model {

std::string text_setting(char const* name) {
  char const* const text = std::getenv(name);
  return text == nullptr ? "" : text;
}

std::uint64_t setting(char const* name, std::uint64_t fallback) {
  std::string const text = text_setting(name);
  if (text.empty()) return fallback;
  std::uint64_t number = 0;
  char const* const end = text.data() + text.size();
  auto const [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stop != end) {
    misuse(name, fmt::format("'{}' is not a number", text));
  }
  return number;
}

std::uint64_t seed() {
  static std::uint64_t const value = setting("CUDA_MODEL_SEED", 1);
  return value;
}

Policy policy() { return static_cast<Policy>(seed() % 4); }

char const* policy_name() {
  constexpr char const* names[] = {"eager", "uniform", "priorities", "lazy"};
  return names[seed() % 4];
}

}  // namespace cuda_model
