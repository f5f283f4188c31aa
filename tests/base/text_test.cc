// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

#include <gtest/gtest.h>

#include <limits>
#include <set>
#include <vector>

#include "base/round.h"

namespace moneta {
namespace {

TEST(Sanitized, KeepsPrintableAsciiAndReplacesAllElse) {
  EXPECT_EQ(sanitized("KRW-BTC ~!"), "KRW-BTC ~!");
  EXPECT_EQ(sanitized("a\x1b[31m\n\t\x7f"), "a?[31m???");
  EXPECT_EQ(sanitized("a\nb\xff\x01"), "a?b??");
  EXPECT_EQ(sanitized("\xc3\xa9"), "??");
  EXPECT_EQ(sanitized(std::string_view("a\0b", 3)), "a?b");
  EXPECT_EQ(sanitized(""), "");
}

TEST(Sanitized, CutsTextAboveTheLimit) {
  EXPECT_EQ(sanitized(std::string(100, 'x')), std::string(100, 'x'));
  EXPECT_EQ(sanitized(std::string(101, 'x')), std::string(100, 'x') + "...");
  EXPECT_EQ(sanitized("abcdef", 3), "abc...");
}

TEST(Grouped, PutsACommaBeforeEveryThirdDigit) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(12'345), "12,345");
  EXPECT_EQ(grouped(123'456), "123,456");
  EXPECT_EQ(grouped(1'234'567), "1,234,567");
  EXPECT_EQ(grouped(std::numeric_limits<std::uint64_t>::max()), "18,446,744,073,709,551,615");
}

TEST(MibText, HasOneDecimalBelow10MibAndGroupsAbove) {
  EXPECT_EQ(mib_text(0), "0.0 MiB");
  EXPECT_EQ(mib_text(3'670'016), "3.5 MiB");
  EXPECT_EQ(mib_text(std::uint64_t{10} << 20), "10 MiB");
  EXPECT_EQ(mib_text((std::uint64_t{2526} << 20) + 1), "2,526 MiB");
}

TEST(MibRoundedUp, CountsABegunMib) {
  EXPECT_EQ(mib_rounded_up(0), 0u);
  EXPECT_EQ(mib_rounded_up(1), 1u);
  EXPECT_EQ(mib_rounded_up(1 << 20), 1u);
  EXPECT_EQ(mib_rounded_up((1 << 20) + 1), 2u);
  EXPECT_EQ(mib_rounded_up(std::numeric_limits<std::uint64_t>::max()), std::uint64_t{1} << 44);
}

TEST(Joined, SeparatesTheElementsOfAnyRange) {
  EXPECT_EQ(joined(std::vector<std::string>{}), "");
  EXPECT_EQ(joined(std::vector<std::string>{"a"}), "a");
  EXPECT_EQ(joined(std::vector<char const*>{"a", "b", "c"}, " "), "a b c");
  EXPECT_EQ(joined(std::set<std::string>{"b", "a"}), "a, b");
  EXPECT_EQ(joined(std::vector<std::string>{"", "", "a"}), ", , a");
}

TEST(Columns, CountCharactersOfUtf8) {
  EXPECT_EQ(width_of(""), 0u);
  EXPECT_EQ(width_of("a\xc3\xa9\xe2\x96\x88"), 3u);
  EXPECT_EQ(cut("a\xc3\xa9\xe2\x96\x88", 2), "a\xc3\xa9");
  EXPECT_EQ(cut("ab", 5), "ab");
  EXPECT_EQ(cut("ab", 0), "");
}

TEST(Round, ToDecimals) {
  EXPECT_EQ(round_to_decimals(1.23456, 3), 1.235);
  EXPECT_EQ(round_to_decimals(-0.25, 1), -0.3);
  EXPECT_EQ(round_to_decimals(1e9, 3), 1e9);
}

TEST(Round, ToSignificantDigits) {
  EXPECT_EQ(round_to_significant(1234.5, 2), 1200);
  EXPECT_EQ(round_to_significant(0.00123456, 3), 0.00123);
  EXPECT_EQ(round_to_significant(0, 3), 0);
}

}  // namespace
}  // namespace moneta
