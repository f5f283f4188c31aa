// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "import/read_source.h"
#include "support/error_text.h"

namespace moneta {

/// 2024-01-05T00:00:00Z
inline constexpr std::int64_t first_s = 1704412800;

/// The three minutes that the texts of these tests mean in every form. Their volumes in the quote
/// currency are 212, 354 and 444.
inline std::vector<Candle> three_minutes() {
  return {{first_s, 100, 120, 90, 110, 2},
          {first_s + 60, 110, 130, 105, 125, 3},
          {first_s + 120, 125, 126, 95, 101, 4}};
}

/// Options of tests: the clock stands in 2026.
inline ImportOptions at_2026() {
  ImportOptions options;
  options.now_s = 1767225600;
  return options;
}

/// The only market in a text.
inline ImportedCandles read_one(std::string const& text, std::string const& name,
                                ImportOptions const& options = at_2026()) {
  auto read = read_source(text, name, options);
  EXPECT_EQ(read.size(), 1u);
  return std::move(read.at(0));
}

inline bool contains(std::string const& text, std::string const& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace moneta
