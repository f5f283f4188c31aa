// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "backtest/simulate.h"

namespace moneta::backtest {

/// The equity of sleeves that are never rebalanced, one for each curve, over the union of their
/// times: sum of weight x equity. A sleeve is cash before its first and after its last minute.
/// Throws Error (internal) unless there are curves, as many weights, none negative, with the sum 1
/// within 1e-9, and all curves begin on the same second of a minute.
EquityCurve combine(std::span<EquityCurve const* const> curves, std::span<double const> weights);

/// Weights of equal size.
std::vector<double> equal_weights(std::size_t sleeves);

/// Weights proportional to 1 / standard deviation of the one-minute log returns from one time to
/// another, which are those of the validation part. Throws Error (data) if one has no returns there
/// or they do not vary.
std::vector<double> risk_weights(std::span<statistics::MinutePrices const* const> prices,
                                 std::int64_t first_s, std::int64_t last_s);

/// The share of the union of the times of all curves that each covers.
std::vector<double> coverage(std::span<EquityCurve const* const> curves);

}  // namespace moneta::backtest
