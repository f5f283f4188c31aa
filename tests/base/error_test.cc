// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

#include <gtest/gtest.h>

namespace moneta {
namespace {

TEST(Require, ThrowsTheFormattedMessageWithTheExitStatusOfItsKind) {
  try {
    MONETA_REQUIRE(1 + 1 == 3, disk, "cannot write 'x' ({})", 28);
    FAIL() << "nothing was thrown";
  } catch (Error const& error) {
    EXPECT_STREQ(error.what(), "cannot write 'x' (28)");
    EXPECT_EQ(error.exit_status(), 6);
  }
}

TEST(ErrorKind, PrintsAsItsName) {
  EXPECT_EQ(testing::PrintToString(ErrorKind::internal), "internal");
  EXPECT_EQ(testing::PrintToString(ErrorKind::config), "config");
  EXPECT_EQ(testing::PrintToString(ErrorKind::data), "data");
  EXPECT_EQ(testing::PrintToString(ErrorKind::training), "training");
  EXPECT_EQ(testing::PrintToString(ErrorKind::device), "device");
  EXPECT_EQ(testing::PrintToString(ErrorKind::disk), "disk");
}

TEST(Require, DoesNotEvaluateTheArgumentsIfTheConditionHolds) {
  int evaluated = 0;
  auto const part = [&evaluated] { return ++evaluated; };
  MONETA_REQUIRE(true, internal, "{}", part());
  EXPECT_EQ(evaluated, 0);
}

TEST(ErrorWithin, PutsTheContextBeforeTheText) {
  Error const inner(ErrorKind::data, "row 7 is NaN");
  Error const outer = inner.within("KRW-BTC");
  EXPECT_STREQ(outer.what(), "KRW-BTC: row 7 is NaN");
  EXPECT_EQ(outer.kind(), ErrorKind::data);
}

}  // namespace
}  // namespace moneta
