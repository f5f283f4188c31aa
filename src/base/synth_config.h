// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace moneta {

/// Settings of the artificial market that `moneta synth` generates.
struct SynthConfig {
  std::int64_t start_s = 1'735'689'600;  ///< first minute; 2025-01-01T00:00:00Z
  double signal_r2 = 0.3;                ///< highest R2 that a forecaster can reach, in (0, 0.9]
  double empty_fraction = 0.02;          ///< share of minutes without a trade, in [0, 0.5]
  double correlation = 0.5;  ///< share of the noise variance common to all coins, in [0, 0.95]
};

}  // namespace moneta
