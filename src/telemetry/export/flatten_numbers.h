// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/json.h"

namespace moneta {

/// Every number in `json` with its path of keys ("temperature_c", "power_w/max"), in the order of
/// the JSON. true becomes 1, false 0, and null NaN, as in the JSON of a record. Arrays and strings
/// are left out; without an object at the top the result is empty.
std::vector<std::pair<std::string, double>> flatten_numbers(Json const& json);

}  // namespace moneta
