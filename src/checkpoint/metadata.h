// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/json.h"
#include "checkpoint/state.h"
#include "io/safetensors.h"

namespace moneta {

inline constexpr char const* checkpoint_format = "moneta-checkpoint";
inline constexpr char const* checkpoint_version = "1";

/// Whether a coin's name may be a folder: letters, digits, '.', '_' and '-', a letter or digit
/// first.
bool is_coin_name(std::string const& coin);

Json progress_json(CoinProgress const& progress);

/// Everything of a state but slices and arrays, as texts.
TensorMetadata metadata_of(CoinState const& state);

/// The other way. Throws Error (data); the text begins with `file`.
CoinState state_of(TensorMetadata const& metadata, std::string const& file);

/// What contradicts itself in a state, with the field's name; empty if nothing does. The arrays'
/// values are not looked at.
std::string defect_of(CoinState const& state);

}  // namespace moneta
