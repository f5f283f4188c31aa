// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "statistics/minute_prices.h"

namespace moneta::statistics {

/// Root mean squares of the last `window` one-minute log returns that are known at these decision
/// times, which rise; fewer returns at the start of the prices, and 0 where there is none. O(1) a
/// minute, and nothing is ever subtracted: a window consists of the end of one block and the start
/// of the next. Throws Error (data) if a time is beyond the end of the prices.
std::vector<double> past_volatility(MinutePrices const& prices,
                                    std::span<std::int64_t const> time_s, std::size_t window);

}  // namespace moneta::statistics
