// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "config/config.h"

namespace moneta {

/// One named slice of a coin's flat float32 parameter array; PyTorch's name and shape.
struct ParameterSlice {
  std::string name;  ///< "encoder.1m.weight_ih_l0", "..._reverse", "head.hidden.weight"
  std::vector<std::size_t> shape;
  std::size_t offset = 0, size = 0;
  std::size_t fan_in = 0;  ///< initial values are uniform in +-1/sqrt(fan_in)
};

/// All parameters of a coin in their order: for every timeframe, layer and direction weight_ih
/// [4H,F], weight_hh [4H,H], bias_ih [4H]; then head.hidden and head.output (weight, bias).
/// The parameters of one layer (both directions) are one contiguous piece.
struct ParameterLayout {
  std::vector<ParameterSlice> slices;
  std::size_t size = 0;  ///< P

  ParameterSlice const& at(std::string const& name) const;  ///< throws Error (internal)
};

/// The layout of a model whose timeframes have these names. Throws Error (config) if the model has
/// no unit, layer or timeframe, a timeframe twice, or a Transformer.
ParameterLayout make_layout(ModelConfig const& model, std::vector<std::string> const& timeframes);

/// PyTorch's initial distributions (nn.LSTM: +-1/sqrt(H), nn.Linear: +-1/sqrt(fan_in)), every
/// number philox(seed, coin, initial_parameters, index).
std::vector<float> initial_parameters(ParameterLayout const& layout, std::uint64_t seed,
                                      std::string const& coin);

}  // namespace moneta
