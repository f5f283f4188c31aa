// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "config/config.h"

namespace moneta {

/// Returns the location of a key's value, with which an error text starts: "configs/x.yaml:12".
using LocationOf = std::function<std::string(std::string const& key)>;

/// Checks the values that depend on each other. Throws Error (config).
void validate_config(Config const& config, LocationOf const& location_of);

}  // namespace moneta
