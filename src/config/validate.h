// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "config/config.h"

namespace moneta {

/// Checks what concerns several keys together. `place_of` names where the value of a key comes
/// from. Throws Error (config).
void validate_config(Config const& config,
                     std::function<std::string(std::string const& key)> const& place_of);

}  // namespace moneta
