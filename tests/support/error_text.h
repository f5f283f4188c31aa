// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "base/error.h"

namespace moneta {

/// The text of the Error of this kind that `call` throws; a failure of the test, and no text, if
/// it throws none or another kind.
template <class Call>
std::string error_text(ErrorKind kind, Call const& call) {
  try {
    call();
  } catch (Error const& error) {
    EXPECT_EQ(error.exit_status(), static_cast<int>(kind)) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "no error was thrown";
  return {};
}

}  // namespace moneta
