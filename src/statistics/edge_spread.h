// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "statistics/minute_prices.h"

namespace moneta::statistics {

/// The efficient discrete generalized estimator (EDGE) of the effective bid-ask spread from open,
/// high, low and close, as a fraction of the price: Ardia, Guidotti and Kroencke, "Efficient
/// estimation of bid-ask spreads from open, high, low, and close prices", JFE 2024. Uses the
/// minutes with trades from the time `first_s` to before `end_s`. 0 if the estimated square is
/// negative. Undefined for fewer than 3 such minutes, or if prices hardly move.
std::optional<double> edge_spread(MinutePrices const& prices, std::int64_t first_s,
                                  std::int64_t end_s);

}  // namespace moneta::statistics
