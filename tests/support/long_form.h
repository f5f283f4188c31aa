// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdlib>

namespace moneta {

/// How often a campaign tries: `launch/test.sh --long` asks for its long form.
inline std::size_t tries(std::size_t in_short_form, std::size_t in_long_form) {
  return std::getenv("MONETA_LONG") == nullptr ? in_short_form : in_long_form;
}

}  // namespace moneta
