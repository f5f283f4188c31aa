// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <gtest/gtest.h>

namespace moneta {
namespace {

TEST(Log, PrefixesLinesOnStandardError) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  log_info("the run is in 'runs/upbit8'");
  log_warning("two ranks share a card");
  log_error("no such file");
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "moneta: the run is in 'runs/upbit8'\n"
            "moneta: warning: two ranks share a card\n"
            "moneta: error: no such file\n");
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
}

}  // namespace
}  // namespace moneta
