// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/json.h"

namespace moneta {

/// Every number in `json` with the keys that lead to it ("temperature_c", "power_w/max"), in the
/// order of the file; true is 1 and false 0; null is NaN, as in a record's JSON. Lists and texts
/// are left out, and so is all that is not in an object.
std::vector<std::pair<std::string, double>> flatten_numbers(Json const& json);

}  // namespace moneta
