// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "base/split_dates.h"

namespace moneta {

/// Prints the warning of different_test_parts on standard error, if there is one, after what was
/// printed on standard output.
void warn_of_different_test_parts(std::vector<CoinDates> const& coins);

}  // namespace moneta
