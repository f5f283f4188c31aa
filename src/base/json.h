// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

namespace moneta {

/// JSON that keeps the order in which keys were written.
using Json = nlohmann::ordered_json;

}  // namespace moneta
