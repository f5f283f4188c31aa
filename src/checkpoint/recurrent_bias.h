// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/parameter_slice.h"
#include "io/safetensors.h"

namespace moneta {

/// PyTorch's nn.LSTM adds two biases to each gate, bias_ih and bias_hh. The sum of two biases is
/// one bias, so a model has bias_ih only. A checkpoint contains every bias_hh as zeros, which the
/// strict load_state_dict of PyTorch requires; they are no parameters.

/// The name of the zeros that belong to a parameter: "encoder.1m.bias_hh_l0" for
/// "encoder.1m.bias_ih_l0"; empty for a parameter that is not a bias_ih.
std::string recurrent_bias_name(std::string const& parameter);

/// True for "encoder.1m.bias_hh_l0".
bool is_recurrent_bias(std::string const& tensor);

/// Checks the recurrent biases of a file, all or some of which it may lack, as files of earlier
/// versions do. Returns their number. Throws Error (data) that starts with `file` if one of them
/// belongs to no parameter, has another type or shape than that, or is not 0.
std::size_t check_recurrent_biases(SafetensorsFile const& tensors,
                                   std::vector<ParameterSlice> const& slices,
                                   std::string const& file);

}  // namespace moneta
