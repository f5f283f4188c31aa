// SPDX-License-Identifier: Apache-2.0
#include "cli/dates_warning.h"

#include <cstdio>
#include <string>

#include "base/log.h"

namespace moneta {

void warn_of_different_test_parts(std::vector<CoinDates> const& coins) {
  std::string const warning = different_test_parts(coins);
  if (warning.empty()) return;
  std::fflush(stdout);
  log_warning(warning);
}

}  // namespace moneta
