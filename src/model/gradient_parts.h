// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "model/forecaster.h"

namespace moneta {

/// All parts of the gradient of a model, in the order in which Forecaster::accumulate_gradient
/// completes them: the head, then the Transformer blocks and the layers of each timeframe, the last
/// timeframe and its top layer first. Every parameter is in one part. The parts depend only on the
/// model and its timeframes, so that members of a team have the same ones even if their memory
/// options differ.
std::vector<GradientPart> gradient_parts(ForecasterShape const& shape);

}  // namespace moneta
