// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace moneta {

/// How far a coin is and how fast it goes.
struct CoinPace {
  std::optional<std::size_t> rank;  ///< none: it has not reported yet
  double epochs_left = 0;           ///< with the rest of the running one as a fraction
  double epoch_seconds = 0;         ///< 0: not known yet, the mean of the others is taken
};

/// Seconds until the last coin is done. A rank trains its coins one after the other, ranks work
/// side by side; coins of unknown rank go where least is left. None while no coin's pace is known.
std::optional<double> remaining_seconds(std::span<CoinPace const> coins);

}  // namespace moneta
