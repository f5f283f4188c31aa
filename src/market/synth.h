// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "market/candle.h"

namespace moneta {

struct SynthSettings {
  std::uint64_t seed = 0;
  std::int64_t start_s = 0;
  std::int64_t days = 30;
  std::int64_t horizon_minutes = 15;
  double signal_r2 = 0.3;
  double empty_fraction = 0.02;
  double correlation = 0.5;
};

/// An artificial coin: its traded minutes, and the best R2 any forecaster of the horizon's log
/// return can reach: 1 - SSE / SST of the planted expectation over every minute of the series, SST
/// about the mean. It scatters around `signal_r2` as any sample does.
///
/// A hidden drift, which reverts to zero within a few horizons, pushes the price. It shows in
/// the wicks: while it is up, upper wicks are long and lower wicks short. A minute's wicks give it
/// away but for some noise, those of the last ten minutes almost exactly.
struct SyntheticCoin {
  std::vector<Candle> candles;
  double reachable_r2 = 0;
};

/// Random numbers are functions of (seed, coin, minute): a coin's candles do not depend on the
/// other coins asked for, nor do earlier ones on `days`; all coins share the market's moves and
/// its calm and wild hours. Throws Error (config) if the settings are impossible.
SyntheticCoin make_synthetic_coin(SynthSettings const& settings, std::string const& coin);

}  // namespace moneta
