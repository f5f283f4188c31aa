// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/parameter_slice.h"
#include "config/config.h"

namespace moneta {

/// The order of all parameters of a coin: for every timeframe, layer and direction weight_ih
/// [4H,F], weight_hh [4H,H], bias_ih [4H]; then head.hidden and head.output, each weight and bias.
/// The parameters of one layer, in both directions, are contiguous.
struct ParameterLayout {
  std::vector<ParameterSlice> slices;
  std::vector<std::size_t> fan_in;  ///< of each slice: initial values are within +-1/sqrt(fan_in)
  std::size_t size = 0;             ///< P

  ParameterSlice const& at(std::string const& name) const;  ///< throws Error (internal)
};

/// The layout of a model with timeframes of these names. Throws Error (config) if the model has no
/// units, layers or timeframes, a duplicate timeframe, or a Transformer.
ParameterLayout make_layout(ModelConfig const& model, std::vector<std::string> const& timeframes);

/// Initial values with PyTorch's distributions: uniform in +-1/sqrt(H) for nn.LSTM and in
/// +-1/sqrt(fan_in) for nn.Linear. Each number depends only on seed, coin and index.
std::vector<float> initial_parameters(ParameterLayout const& layout, std::uint64_t seed,
                                      std::string const& coin);

}  // namespace moneta
