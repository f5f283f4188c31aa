// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace moneta {

/// How much of a coin is left to train, and how fast it trains.
struct CoinPace {
  std::optional<std::size_t> rank;  ///< none before the coin's first report
  double epochs_left = 0;           ///< including the rest of the current epoch as a fraction
  double epoch_seconds = 0;         ///< 0 if unknown; then the mean of the other coins is used
};

/// Seconds until all coins are done. A rank trains its coins one after the other, and the ranks
/// work in parallel; coins without a rank are assigned to the ranks with the least work left.
/// Nothing while the pace of no coin is known.
std::optional<double> remaining_seconds(std::span<CoinPace const> coins);

}  // namespace moneta
