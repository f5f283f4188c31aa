// SPDX-License-Identifier: Apache-2.0
#include "telemetry/display/line_text.h"

#include <gtest/gtest.h>

#include <limits>
#include <ostream>
#include <string>
#include <vector>

namespace moneta {
namespace {

struct TextCase {
  char const* name;
  std::string text, expected;
  friend void PrintTo(TextCase const& c, std::ostream* out) { *out << c.name; }
};

class LineText : public testing::TestWithParam<TextCase> {};

TEST_P(LineText, IsFormatted) { EXPECT_EQ(GetParam().text, GetParam().expected); }

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, LineText, testing::ValuesIn(std::vector<TextCase>{
    {"Loss",          loss_text(0.81234), "0.8123"},
    {"LargeLoss",     loss_text(123456), "1.23e+05"},
    {"NoLoss",        loss_text(std::numeric_limits<double>::quiet_NaN()), "-"},
    {"SmallCount",    count_text(999), "999"},
    {"Count",         count_text(1234567), "1,234,567"},
    {"NegativeCount", count_text(-123456), "-123,456"},
    {"NoCount",       count_text(std::numeric_limits<double>::infinity()), "0"},
    {"EmptyBar",      progress_bar(0, 4, Glyphs::unicode), "    "},
    {"BarInEighths",  progress_bar(0.40625, 4, Glyphs::unicode), "█▋  "},
    {"FullBar",       progress_bar(1, 4, Glyphs::unicode), "████"},
    {"BarBeyondFull", progress_bar(7, 4, Glyphs::unicode), "████"},
    {"AsciiBar",      progress_bar(0.5, 4, Glyphs::ascii), "##.."},
}), [](auto const& each) { return each.param.name; });
// clang-format on

}  // namespace
}  // namespace moneta
