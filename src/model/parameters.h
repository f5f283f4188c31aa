// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/parameter_slice.h"
#include "config/config.h"

namespace moneta {

/// Initial values are uniform in center +- bound.
struct InitialValues {
  double center = 0, bound = 0;
};

/// The order of all parameters of a coin: for every timeframe, layer and direction weight_ih
/// [4H,F], weight_hh [4H,H], bias_ih [4H], followed by the timeframe's Transformer blocks and final
/// norm, if any; then head.hidden and head.output, each weight and bias. The parameters of one
/// layer, in both directions, are contiguous, and so are those of all blocks of a timeframe.
struct ParameterLayout {
  std::vector<ParameterSlice> slices;
  std::vector<InitialValues> initial;  ///< of each slice
  std::size_t size = 0;                ///< P

  ParameterSlice const& at(std::string const& name) const;  ///< throws Error (internal)
};

/// The layout of a model with timeframes of these names. Throws Error (config) if the model has no
/// units, layers or timeframes, a duplicate timeframe, or Transformer heads that do not divide the
/// width of its blocks, D * H.
ParameterLayout make_layout(ModelConfig const& model, std::vector<std::string> const& timeframes);

/// Initial values with PyTorch's distributions: uniform in +-1/sqrt(H) for nn.LSTM, in
/// +-1/sqrt(inputs) for nn.Linear, and in +-sqrt(1.5/d) for the projections of
/// nn.MultiheadAttention, whose biases are 0; weights of norms are 1 and their biases 0. Each
/// number depends only on seed, coin and index.
std::vector<float> initial_parameters(ParameterLayout const& layout, std::uint64_t seed,
                                      std::string const& coin);

}  // namespace moneta
