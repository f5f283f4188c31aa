// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "checkpoint/state.h"

namespace moneta {

/// Whether a name consists of letters, digits, '.', '_' and '-' and starts with a letter or digit,
/// so that it can be the name of a folder.
bool is_coin_name(std::string const& coin);

/// Describes the first inconsistency of a state, with the name of the field; empty if the state is
/// valid. The values of the arrays are not checked, only their sizes.
std::string find_defect(CoinStateView const& state);

}  // namespace moneta
