// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "base/shape.h"
#include "market/candle.h"

namespace moneta {

/// Names of the features, in the order of their columns [F].
extern std::array<char const*, feature_count> const feature_names;

/// The number of bars after which the start of a recursive indicator weighs less than 1e-9.
inline constexpr std::size_t feature_warmup_bars = 300;

/// Computes the features of every bar, [R,F], in double and in one pass that is linear in R. Row i
/// depends on bars 0 ... i only; rows of the warm-up may contain NaN. The definitions are in
/// tests/golden/features_reference.py, which follows TA-Lib's conventions.
std::vector<float> compute_features(Bars const& bars);

}  // namespace moneta
