// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "base/error.h"

namespace moneta {

/// Expects `action` to throw an Error of this kind whose text contains `part`.
template <class Action>
void expect_error(ErrorKind kind, std::string const& part, Action const& action) {
  try {
    action();
    ADD_FAILURE() << "nothing was thrown; expected an error with: " << part;
  } catch (Error const& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    EXPECT_NE(std::string(error.what()).find(part), std::string::npos)
        << "expected: " << part << "\ngot:      " << error.what();
  }
}

}  // namespace moneta
