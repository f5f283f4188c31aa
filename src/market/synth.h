// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/synth_config.h"
#include "market/candle.h"

namespace moneta {

struct SynthSettings : SynthConfig {
  std::uint64_t seed = 0;
  std::int64_t days = 30;
  std::int64_t horizon_minutes = 15;
};

/// An artificial coin.
///
/// A hidden drift, which reverts to zero within a few horizons, moves the price. It is visible in
/// the wicks: while it is positive, upper wicks are long and lower wicks are short. The wicks of
/// one minute reveal it with some noise, those of the last ten minutes almost exactly.
struct SyntheticCoin {
  std::vector<Candle> candles;  ///< minutes with trades
  /// The best R2 that a forecaster of the horizon's log return can reach: 1 - SSE / SST of the
  /// planted expectation over every minute of the series, with SST about the mean. It differs from
  /// `signal_r2` by sampling error.
  double reachable_r2 = 0;
};

/// Random numbers are functions of seed, coin and minute: a coin's candles do not depend on which
/// other coins are generated, and earlier candles do not depend on `days`. All coins share the
/// moves of the market and its calm and volatile hours. Throws Error (config) if the settings are
/// impossible.
SyntheticCoin make_synthetic_coin(SynthSettings const& settings, std::string const& coin);

}  // namespace moneta
