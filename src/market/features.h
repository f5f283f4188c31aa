// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "base/shape.h"
#include "market/candle.h"

namespace moneta {

/// Names of the features, in the order of their columns (F).
extern std::array<char const*, feature_count> const feature_names;

/// Bars after which every recursive indicator has forgotten its start to less than 1e-9.
inline constexpr std::size_t feature_warmup_bars = 300;

/// The features of every bar, float32 [R,F], computed in double in one pass that is linear in R.
/// Row i depends on bars 0 ... i only. Rows before the warm-up may hold NaN. Definitions:
/// tests/golden/features_reference.py, which follows TA-Lib's conventions.
std::vector<float> compute_features(Bars const& bars);

}  // namespace moneta
